import { z } from 'zod';
import { topKind } from './kind.ts';
import { id, tags, text } from './schema-parts.ts';
import type { LoadBalancerType, LoadBalancer } from '../load-balancer.ts';

const ARN =
  /^arn:aws[a-z-]*:elasticloadbalancing:([a-z][a-z0-9-]{0,62}):([0-9]{12}):loadbalancer\/((?:(app|net|gwy)\/)?[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?(?:\/[0-9a-f]{16})?)$/;

const arn = text((value) => {
  const match = ARN.exec(value);
  // The newer types have a hash behind the name, classic ones have none.
  return match !== null && match[3]!.split('/').length === (match[4] === undefined ? 1 : 3);
}, 'is no ARN of a load balancer: write one like arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/shop/50dc6c495c0c9188');

const TYPES: Readonly<Record<string, LoadBalancerType>> = {
  app: 'application',
  net: 'network',
  gwy: 'gateway',
};

/** `loadBalancers` of network.yaml. */
export const loadBalancerKind = topKind(
  z.strictObject({ arn, interfaces: z.array(id('interface')).default([]), tags: tags.default({}) }),
  (it, base): LoadBalancer => {
    const [, region, accountId, path, type] = ARN.exec(it.arn)!;
    return {
      ...base,
      id: it.arn,
      accountId: accountId!,
      region: region!,
      type: type === undefined ? 'classic' : TYPES[type]!,
      path: path!,
      interfaceIds: it.interfaces,
    };
  },
);

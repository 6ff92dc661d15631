import { z } from 'zod';
import type { Checking } from './checking.ts';
import { topKind } from './file-kind.ts';
import type { Resource } from './resource.ts';
import { id, tags, text } from './schema-parts.ts';

export const LOAD_BALANCER_TYPES = ['application', 'network', 'gateway', 'classic'] as const;
export type LoadBalancerType = (typeof LOAD_BALANCER_TYPES)[number];

/** A load balancer: owner of interfaces. Its id is its ARN. */
export interface LoadBalancer extends Resource {
  readonly region: string;
  readonly type: LoadBalancerType;
  /** `app/shop/50dc6c495c0c9188`; the name alone of a classic one. */
  readonly path: string;
  readonly interfaceIds: readonly string[];
}

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

/** Interfaces of one VPC, in the region. */
export function checkLoadBalancers(checking: Checking): void {
  for (const it of checking.parts.loadBalancers) {
    let home: string | undefined;
    it.interfaceIds.forEach((eni, i) => {
      if (!checking.exists(it, ['interfaces', i], eni)) return;
      const vpcId = checking.vpcOf(eni);
      if (vpcId === undefined) return;
      home ??= vpcId;
      if (vpcId !== home) {
        checking.report(it, ['interfaces', i], `${eni} lies in ${vpcId}, the first interface in ${home}`);
      }
      const region = checking.find('vpcs', vpcId)?.region;
      if (region === undefined || region === it.region) return;
      checking.report(it, ['interfaces', i], `${eni} is in ${region}, the load balancer in ${it.region}`);
    });
  }
}

import type { Checking } from './checking.ts';
import type { Resource } from './resource.ts';

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

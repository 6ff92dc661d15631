import { z } from 'zod';
import { topKind } from './kind.ts';
import { id, seenAt } from './schema-parts.ts';
import type { ScopeRule } from '../scope-rules.ts';

/** `scopes` of network.yaml. */
export const scopeRuleKind = topKind(
  z.strictObject({ ...seenAt, vpcs: z.array(id('vpc')) }),
  ({ source, exporter, ifIndex, vlan, tunnel, vpcs }): ScopeRule => {
    return { source, exporter, ifIndex, vlan, tunnel, vpcIds: vpcs };
  },
);

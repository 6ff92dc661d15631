/** Which roles the service may act as: those that the configuration maps, where it matters. */
import { credentialPlan, RoleNotMapped } from '../../delivery/aws/roles.ts';
import type { RoleMapping } from '../../delivery/aws/settings.ts';
import { parseRoleArn, type RoleArn, type RoleUse } from '../../flow-logs/destinations.ts';
import type { DestinationType } from '../../flow-logs/model.ts';
import type { DeliveryQuestion } from '../../flow-logs/status.ts';
import type { Scope } from '../../store/store.ts';

export interface RoleRulesOptions {
  /** The first whose pattern is a role's stands for it. */
  readonly mappings: readonly Pick<RoleMapping, 'role'>[];
  /** Types of destinations that are not embedded. */
  readonly remote: ReadonlySet<DestinationType>;
}

/**
 * Embedded destinations take any well-formed role of the caller's account, others need a mapping (S8.4). A role that another
 * account receives records with needs one always: it is the word of whoever runs the service that this account
 * may write to that one (S8.1).
 */
export class RoleRules {
  readonly #options: RoleRulesOptions;

  constructor(options: RoleRulesOptions) {
    this.#options = options;
  }

  assumable(scope: Scope, role: RoleArn, use: RoleUse, type: DestinationType): boolean {
    if (use === 'deliver across accounts') return this.#isMapped(role.arn);
    if (role.account !== scope.account) return false;
    return !this.#options.remote.has(type) || this.#isMapped(role.arn);
  }

  /** Why a stored flow log's roles are of no use now, for operators: mappings may be others than at its creation. */
  fault(question: DeliveryQuestion): string | undefined {
    const { deliverLogsPermissionArn: own, deliverCrossAccountRole: other, logDestinationType } = question;
    const uses = [
      [own, 'deliver'],
      [other, 'deliver across accounts'],
    ] as const;
    for (const [arn, use] of uses) {
      const role = arn === undefined ? undefined : parseRoleArn(arn);
      if (role === undefined) continue;
      if (!this.assumable(question, role, use, logDestinationType as DestinationType)) {
        return `the role ${role.arn} cannot be assumed: no mapping of roles in weir.yaml is for it`;
      }
    }
    return undefined;
  }

  #isMapped(role: string): boolean {
    try {
      credentialPlan({ roles: this.#options.mappings }, { account: '', region: '', roles: { role } });
      return true;
    } catch (error) {
      if (error instanceof RoleNotMapped) return false;
      throw error;
    }
  }
}

import type { NetworkInterface } from '../../../network/interface.ts';
import type { GroupIdentifier } from '../../protocol/types.generated.ts';
import type { State } from './dependencies.ts';

/** Kinds of interfaces that have no security groups. */
const WITHOUT: ReadonlySet<NetworkInterface['kind']> = new Set([
  'nat_gateway',
  'regional_nat_gateway',
  'transit_gateway',
]);

/** The ids of an interface's security groups: those that it names, else its VPC's default one. */
export function groupIdsOf(state: State, it: NetworkInterface): readonly string[] {
  if (it.securityGroupIds !== undefined) return it.securityGroupIds;
  if (WITHOUT.has(it.kind)) return [];
  const group = state.defaultGroup(state.subnet(it.subnetId).vpcId);
  return group === undefined ? [] : [group];
}

/** The same with their names. */
export function groupsOf(state: State, it: NetworkInterface): GroupIdentifier[] {
  return groupIdsOf(state, it).map((id) => ({ GroupId: id, GroupName: state.securityGroup(id).name }));
}

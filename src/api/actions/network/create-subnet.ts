import { containsPrefix, type Prefix } from '../../../base/prefixes.ts';
import { randomId } from '../../../network/ids.ts';
import type { Subnet } from '../../../network/subnet.ts';
import { NO_TAGS } from '../../../network/tags.ts';
import type { Vpc } from '../../../network/vpc.ts';
import { refusal } from '../../errors.ts';
import type { CreateSubnetRequest } from '../../protocol/types.generated.ts';
import { tagsOfSpecifications } from '../tags/tag-input.ts';
import type { HandlerOf, NetworkActionsOptions, State } from './dependencies.ts';
import { cidrOf, refuseUnsupported } from './inputs.ts';
import { checkId, find } from './lookup.ts';
import { subnetOutput } from './subnet-output.ts';
import { zonesOf } from './zones.ts';

/** Prefix lengths of a subnet. */
const IPV4 = { least: 16, most: 28 };
const IPV6 = { least: 44, most: 64 };

/** CreateSubnet. A subnet may lie in a VPC of the network file; without a zone it gets the first. */
export function createSubnet({ network }: NetworkActionsOptions): HandlerOf<'CreateSubnet'> {
  return (context, input) => {
    refuseUnsupported(input, [
      'OutpostArn',
      'Ipv4IpamPoolId',
      'Ipv4NetmaskLength',
      'Ipv6IpamPoolId',
      'Ipv6NetmaskLength',
    ]);
    checkId('vpc', input.VpcId);
    const cidrs = cidrsOf(input);
    const tags = tagsOfSpecifications(input.TagSpecifications, 'subnet');
    if (input.AvailabilityZone !== undefined && input.AvailabilityZoneId !== undefined) {
      throw refusal('combination', { a: 'availabilityZone', b: 'availabilityZoneId' });
    }
    return network.turn(context, async (turn) => {
      const vpc = find(turn.state, context, 'vpc', input.VpcId);
      for (const { prefix, text } of cidrs) checkPlace(turn.state, vpc, prefix, text);
      const azId = zoneIdOf(turn.state, context, input);
      context.permit(input);
      const id = randomId('subnet');
      const subnet: Subnet = {
        id,
        origin: 'api',
        accountId: context.account,
        tags: NO_TAGS,
        vpcId: vpc.id,
        cidrs: cidrs.map(({ prefix }) => prefix),
        azId,
        discover: false,
        placement: undefined,
      };
      await turn.create({ kind: 'subnet', resource: subnet }, tags, context.now);
      return { Subnet: subnetOutput(turn.state, find(turn.state, context, 'subnet', id)) };
    });
  };
}

function cidrsOf(input: CreateSubnetRequest): { prefix: Prefix; text: string }[] {
  const out: { prefix: Prefix; text: string }[] = [];
  if (input.CidrBlock !== undefined) {
    if (input.Ipv6Native === true) throw refusal('combination', { a: 'cidrBlock', b: 'ipv6Native' });
    out.push({ prefix: cidrOf(input.CidrBlock, 4, 'cidrBlock'), text: input.CidrBlock });
  } else if (input.Ipv6Native !== true || input.Ipv6CidrBlock === undefined) {
    throw refusal('cidrNeeded');
  }
  if (input.Ipv6CidrBlock !== undefined) {
    out.push({ prefix: cidrOf(input.Ipv6CidrBlock, 6, 'ipv6CidrBlock'), text: input.Ipv6CidrBlock });
  }
  for (const { prefix, text } of out) {
    const { least, most } = prefix.family === 4 ? IPV4 : IPV6;
    const stepped = prefix.family === 4 || prefix.length % 4 === 0;
    if (prefix.length < least || prefix.length > most || !stepped)
      throw refusal('subnetRange', { cidr: text });
  }
  return out;
}

function checkPlace(state: State, vpc: Vpc, prefix: Prefix, cidr: string): void {
  if (!vpc.cidrs.some((outer) => containsPrefix(outer, prefix))) throw refusal('subnetRange', { cidr });
  if (state.collision(vpc.id, prefix) !== undefined) throw refusal('subnetConflict', { cidr });
}

function zoneIdOf(
  state: State,
  context: { readonly account: string; readonly region: string },
  { AvailabilityZone: name, AvailabilityZoneId: id }: CreateSubnetRequest,
): string | undefined {
  const zones = zonesOf(state, context);
  if (name === undefined && id === undefined) return zones[0]?.id;
  const zone = zones.find((it) => (name === undefined ? it.id === id : it.name === name));
  if (zone !== undefined) return zone.id;
  throw refusal('invalidZone', {
    zone: name ?? id ?? '',
    zones: zones.map((it) => (name === undefined ? it.id : it.name)).join(', '),
  });
}

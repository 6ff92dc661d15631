import { randomBytes } from 'node:crypto';
import { prefixOf, type Prefix } from '../../../base/prefixes.ts';
import { randomId } from '../../../network/ids.ts';
import type { Vpc } from '../../../network/vpc.ts';
import { NO_TAGS } from '../../../network/tags.ts';
import { refusal } from '../../errors.ts';
import type { CreateVpcRequest } from '../../protocol/types.generated.ts';
import { tagsOfSpecifications } from '../tags/tag-input.ts';
import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { cidrOf, oneOf, refuseUnsupported } from './inputs.ts';
import { find } from './lookup.ts';
import { vpcOutput } from './vpc-output.ts';

/** Prefix lengths of a VPC. */
const IPV4 = { least: 16, most: 28 };
const IPV6 = { least: 44, most: 60 };
/** What AmazonProvidedIpv6CidrBlock gives. */
const PROVIDED_LENGTH = 56;

/** CreateVpc. VPCs may overlap: each is an address space of its own (S2.1). */
export function createVpc({ network }: NetworkActionsOptions): HandlerOf<'CreateVpc'> {
  return (context, input) => {
    refuseUnsupported(input, [
      'Ipv4IpamPoolId',
      'Ipv4NetmaskLength',
      'Ipv6IpamPoolId',
      'Ipv6NetmaskLength',
      'Ipv6CidrBlockNetworkBorderGroup',
      'VpcEncryptionControl',
    ]);
    if (input.InstanceTenancy !== undefined) {
      oneOf(input.InstanceTenancy, ['default'], 'instanceTenancy');
    }
    const cidrs = cidrsOf(input);
    const tags = tagsOfSpecifications(input.TagSpecifications, 'vpc');
    return network.turn(context, async (turn) => {
      context.permit(input);
      const { account: accountId, region } = context;
      const id = randomId('vpc');
      const vpc: Vpc = { id, origin: 'api', accountId, tags: NO_TAGS, region, cidrs, awsReserved: false };
      await turn.create({ kind: 'vpc', resource: vpc }, tags, context.now);
      return { Vpc: { ...vpcOutput(find(turn.state, context, 'vpc', id)), State: 'pending' } };
    });
  };
}

function cidrsOf(input: CreateVpcRequest): Prefix[] {
  if (input.CidrBlock === undefined) throw refusal('cidrNeeded');
  const out = [ranged(cidrOf(input.CidrBlock, 4, 'cidrBlock'), input.CidrBlock)];
  if (input.AmazonProvidedIpv6CidrBlock === true) {
    if (input.Ipv6CidrBlock !== undefined) {
      throw refusal('combination', { a: 'amazonProvidedIpv6CidrBlock', b: 'ipv6CidrBlock' });
    }
    out.push(uniqueLocalPrefix());
  } else if (input.Ipv6CidrBlock !== undefined) {
    out.push(ranged(cidrOf(input.Ipv6CidrBlock, 6, 'ipv6CidrBlock'), input.Ipv6CidrBlock));
  } else if (input.Ipv6Pool !== undefined) {
    throw refusal('unsupportedParameter', { name: 'Ipv6Pool' });
  }
  return out;
}

function ranged(prefix: Prefix, cidr: string): Prefix {
  const { least, most } = prefix.family === 4 ? IPV4 : IPV6;
  const stepped = prefix.family === 4 || prefix.length % 4 === 0;
  if (prefix.length < least || prefix.length > most || !stepped) throw refusal('vpcRange', { cidr });
  return prefix;
}

/** A prefix that no one else has, by chance: there is no pool to give public ones from (RFC 4193, section 3.2). */
function uniqueLocalPrefix(): Prefix {
  const random = randomBytes(8);
  random[0] = 0xfd;
  return prefixOf(
    { family: 6, words: [random.readInt32BE(0), random.readInt32BE(4), 0, 0] },
    PROVIDED_LENGTH,
  );
}

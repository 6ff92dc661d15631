/** The addresses of an interface that is to be made: those given, and free ones for the rest. */
import { formatAddress, type Address } from '../../../base/addresses.ts';
import { containsAddress } from '../../../base/prefixes.ts';
import { isReservedIn } from '../../../network/address-book.ts';
import type { Subnet } from '../../../network/subnet.ts';
import { refusal } from '../../errors.ts';
import type { CreateNetworkInterfaceRequest } from '../../protocol/types.generated.ts';
import type { State } from './dependencies.ts';
import { addressOf, countOf } from './inputs.ts';

/** Most addresses of a family at an interface: what the largest instances have. */
const MAX_ADDRESSES = 50;

/** What a request says of addresses. */
export interface WantedAddresses {
  readonly primary4: Address | undefined;
  readonly secondary4: readonly Address[];
  readonly secondaryCount4: number;
  readonly given6: readonly Address[];
  readonly count6: number;
}

/** Reads and checks the members by themselves and together. */
export function wantedAddresses(input: CreateNetworkInterfaceRequest): WantedAddresses {
  const { PrivateIpAddress: single, PrivateIpAddresses: list = [], Ipv6Addresses: list6 = [] } = input;
  const secondaryCount4 = countOf(
    input.SecondaryPrivateIpAddressCount,
    MAX_ADDRESSES - 1,
    'secondaryPrivateIpAddressCount',
  );
  const count6 = countOf(input.Ipv6AddressCount, MAX_ADDRESSES, 'ipv6AddressCount');
  const listed = list.map(({ PrivateIpAddress: text = '', Primary }) => ({
    address: addressOf(text, 4, 'privateIpAddresses'),
    primary: Primary === true,
  }));
  const given6 = list6.map(({ Ipv6Address: text = '' }) => addressOf(text, 6, 'ipv6Addresses'));
  const alone = single === undefined ? undefined : addressOf(single, 4, 'privateIpAddress');
  if (listed.length > 0 && secondaryCount4 > 0) {
    throw refusal('combination', { a: 'privateIpAddresses', b: 'secondaryPrivateIpAddressCount' });
  }
  if (given6.length > 0 && count6 > 0) {
    throw refusal('combination', { a: 'ipv6Addresses', b: 'ipv6AddressCount' });
  }
  const primaries = listed.filter((it) => it.primary);
  if (primaries.length > 1 || (alone !== undefined && primaries.length > 0)) {
    throw refusal('combination', { a: 'privateIpAddress', b: 'privateIpAddresses.primary' });
  }
  const wanted = {
    primary4: alone ?? primaries[0]?.address,
    secondary4: listed.filter((it) => !it.primary).map((it) => it.address),
    secondaryCount4,
    given6,
    count6,
  };
  if (wanted.secondary4.length >= MAX_ADDRESSES || given6.length > MAX_ADDRESSES) {
    throw refusal('addressLimit', { max: MAX_ADDRESSES });
  }
  const all = [...(wanted.primary4 === undefined ? [] : [wanted.primary4]), ...wanted.secondary4, ...given6];
  const texts = all.map(formatAddress);
  const twice = texts.find((text, i) => texts.indexOf(text) !== i);
  if (twice !== undefined) {
    throw refusal('invalidValue', { value: twice, name: 'privateIpAddresses', reason: 'It is given twice.' });
  }
  return wanted;
}

/** The addresses that the interface gets, the primary one first. */
export function assignAddresses(
  state: State,
  subnet: Subnet,
  wanted: WantedAddresses,
): { four: number[]; six: Address['words'][] } {
  const given4 = [...(wanted.primary4 === undefined ? [] : [wanted.primary4]), ...wanted.secondary4];
  for (const address of [...given4, ...wanted.given6]) checkFree(state, subnet, address);
  const siblings = [...state.dependentsOf(subnet.vpcId, 'subnet')];
  const free = (family: 4 | 6, count: number, taken: readonly Address[]): Address[] => {
    if (count === 0) return [];
    const found = state.addresses.free(subnet, family, count, siblings, taken);
    if (found.length < count) throw refusal('noFreeAddresses');
    return found;
  };
  const hasFour = subnet.cidrs.some((prefix) => prefix.family === 4);
  const primary =
    wanted.primary4 === undefined && hasFour
      ? free(4, 1, given4)
      : given4.slice(0, wanted.primary4 === undefined ? 0 : 1);
  const secondary = [...wanted.secondary4, ...free(4, wanted.secondaryCount4, [...given4, ...primary])];
  // An interface of a subnet without IPv4 would have no address at all.
  const count6 = hasFour || wanted.given6.length > 0 ? wanted.count6 : Math.max(1, wanted.count6);
  const six = [...wanted.given6, ...free(6, count6, wanted.given6)];
  return {
    four: [...primary, ...secondary].map(({ words }) => words[3]),
    six: six.map(({ words }) => words),
  };
}

function checkFree(state: State, subnet: Subnet, address: Address): void {
  const prefix = subnet.cidrs.find((it) => containsAddress(it, address));
  if (prefix === undefined) throw refusal('addressOutsideSubnet', { address: formatAddress(address) });
  if (isReservedIn(prefix, address)) {
    throw refusal('addressReserved', { address: formatAddress(address) });
  }
  if (state.addresses.holder(subnet.vpcId, address) !== undefined) throw refusal('addressInUse');
}

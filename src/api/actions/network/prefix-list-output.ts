import { formatPrefix } from '../../../base/prefixes.ts';
import type { PrefixList } from '../../../network/prefix-list.ts';
import type {
  ManagedPrefixList as ManagedOutput,
  PrefixList as ServiceListOutput,
} from '../../protocol/types.generated.ts';
import type { Fields } from './filters.ts';
import { tagSet } from './outputs.ts';

/** Lists that the service keeps are its own. */
function ownerOf({ ofService, accountId }: PrefixList): string {
  return ofService ? 'AWS' : accountId;
}

/** A list as the actions on those that people keep show it. The network file says all entries: there is room
 * for no more, and there is one version. */
export function managedOutput(it: PrefixList): ManagedOutput {
  return {
    PrefixListId: it.id,
    AddressFamily: `IPv${it.prefixes[0]?.family ?? 4}`,
    State: 'create-complete',
    PrefixListArn: `arn:aws:ec2:${it.region}:${it.ofService ? 'aws' : it.accountId}:prefix-list/${it.id}`,
    PrefixListName: it.name,
    MaxEntries: it.ofService ? undefined : it.prefixes.length,
    Version: it.ofService ? undefined : 1,
    Tags: tagSet(it.tags),
    OwnerId: ownerOf(it),
  };
}

/** A list of a service as the older action shows it. */
export function serviceListOutput(it: PrefixList): ServiceListOutput {
  return { Cidrs: it.prefixes.map(formatPrefix), PrefixListId: it.id, PrefixListName: it.name };
}

export const PREFIX_LIST_FIELDS: Fields<PrefixList> = {
  'prefix-list-id': (it) => it.id,
  'prefix-list-name': (it) => it.name,
  'owner-id': ownerOf,
};

/** Availability Zones: those of the network file, or a default that follows from the region's name. */
import type { Scope } from '../../../network/resources.ts';
import type { State } from './dependencies.ts';

export interface NamedZone {
  readonly id: string;
  readonly name: string;
}

/** What zone ids call the words of a region's name: `ap-southeast-2` is `apse2`. */
const SHORT_WORDS: Readonly<Record<string, string>> = {
  north: 'n',
  south: 's',
  east: 'e',
  west: 'w',
  central: 'c',
  northeast: 'ne',
  northwest: 'nw',
  southeast: 'se',
  southwest: 'sw',
  gov: 'g',
};

/** The beginning of the ids of a region's zones. */
function zonePrefix(region: string): string {
  return region
    .split('-')
    .map((word) => SHORT_WORDS[word] ?? word)
    .join('');
}

/** The last number of a zone id as a letter, as zones are named: `euc1-az2` is `b`. */
function letterOf(id: string): string | undefined {
  const number = Number(/-az([0-9]{1,2})$/.exec(id)?.[1] ?? 0);
  return number >= 1 && number <= 26 ? String.fromCharCode(96 + number) : undefined;
}

/** The name of a zone that the network file gives none: its region's with a letter, else its id. */
function nameOf(region: string, id: string): string {
  const letter = letterOf(id);
  return letter !== undefined && id.startsWith(`${zonePrefix(region)}-`) ? region + letter : id;
}

/**
 * The zones of a region: as declared; else three by default, and those that subnets of the caller's account
 * name beside them. In the order of their names.
 */
export function zonesOf(state: State, { account, region }: Scope): NamedZone[] {
  const declared = state.regions.get(region)?.zones ?? [];
  const ids = new Set(declared.map((zone) => zone.id));
  if (ids.size === 0) {
    for (const number of [1, 2, 3]) ids.add(`${zonePrefix(region)}-az${number}`);
    for (const { azId } of state.resources({ account, region }, 'subnet')) {
      if (azId !== undefined) ids.add(azId);
    }
  }
  const names = new Map(declared.map((zone) => [zone.id, zone.name]));
  return Array.from(ids, (id) => ({ id, name: names.get(id) ?? nameOf(region, id) })).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
}

/** The name of one zone of a region, declared or not. */
export function zoneName(state: State, region: string, id: string): string {
  return state.regions.get(region)?.zones.find((zone) => zone.id === id)?.name ?? nameOf(region, id);
}

import { refusal } from '../../errors.ts';
import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { compileFilters, type Fields } from './filters.ts';
import { zonesOf, type NamedZone } from './zones.ts';

const OPT_IN = 'opt-in-not-required';

/** DescribeAvailabilityZones of the caller's region. */
export function describeAvailabilityZones({
  network,
}: NetworkActionsOptions): HandlerOf<'DescribeAvailabilityZones'> {
  return (context, input) => {
    const { region } = context;
    const fields: Fields<NamedZone> = {
      'zone-name': (zone) => zone.name,
      'zone-id': (zone) => zone.id,
      'zone-type': () => 'availability-zone',
      'region-name': () => region,
      'group-name': () => region,
      'network-border-group': () => region,
      'opt-in-status': () => OPT_IN,
      state: () => 'available',
    };
    const matches = compileFilters(input.Filters, fields, undefined);
    let zones = zonesOf(network.state, context);
    zones = chosen(zones, input.ZoneNames, (zone) => zone.name);
    zones = chosen(zones, input.ZoneIds, (zone) => zone.id);
    return {
      AvailabilityZones: zones.filter(matches).map(({ id, name }) => ({
        OptInStatus: OPT_IN,
        Messages: [],
        RegionName: region,
        ZoneName: name,
        ZoneId: id,
        GroupName: region,
        NetworkBorderGroup: region,
        ZoneType: 'availability-zone',
        State: 'available',
      })),
    };
  };
}

/** The zones that are asked for; refuses those that are not there. */
function chosen(
  zones: NamedZone[],
  wanted: readonly string[] | undefined,
  by: (zone: NamedZone) => string,
): NamedZone[] {
  if (wanted === undefined) return zones;
  const missing = wanted.find((text) => !zones.some((zone) => by(zone) === text));
  if (missing !== undefined) throw refusal('noSuchZone', { zone: missing });
  return zones.filter((zone) => wanted.includes(by(zone)));
}

import { isRegion } from '../../../network/ids.ts';
import { refusal } from '../../errors.ts';
import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { compileFilters, type Fields } from './filters.ts';

const OPT_IN = 'opt-in-not-required';

const FIELDS: Fields<string> = {
  'region-name': (name) => name,
  'opt-in-status': () => OPT_IN,
  // No region has an endpoint of its own.
  endpoint: () => undefined,
};

/**
 * DescribeRegions: those of the network file and the caller's own. Any region is served (S8.1), so that one
 * that is asked for by a well-formed name is there too. None shows an endpoint: clients that went by it would
 * go elsewhere.
 */
export function describeRegions({ network }: NetworkActionsOptions): HandlerOf<'DescribeRegions'> {
  return (context, input) => {
    const matches = compileFilters(input.Filters, FIELDS, undefined);
    for (const region of input.RegionNames ?? [])
      if (!isRegion(region)) throw refusal('invalidRegion', { region });
    const known = input.RegionNames ?? [...network.state.regions.keys(), context.region];
    return {
      Regions: [...new Set(known)]
        .sort()
        .filter(matches)
        .map((RegionName) => ({ RegionName, OptInStatus: OPT_IN })),
    };
  };
}

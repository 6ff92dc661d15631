/** pkt-src-aws-service and pkt-dst-aws-service: the service whose range an address is in (record format 1.4). */
import { findRange4, findRange6 } from '../base/prefixes.ts';
import type { ServiceRanges } from '../network/service-ranges.ts';

/** Index plus 1 of the service of an address (IPv4 in the last word), 0 without one. */
export function serviceOf(ranges: ServiceRanges | undefined, six: boolean, words: Int32Array): number {
  if (ranges === undefined) return 0;
  const { starts4, values4, starts6, values6 } = ranges;
  if (!six) return findRange4(starts4, values4, 0, values4.length, words[3]!);
  return findRange6(starts6, values6, 0, values6.length, words[0]!, words[1]!, words[2]!, words[3]!);
}

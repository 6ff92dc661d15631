/**
 * Which service an address belongs to, by the list that the vendor publishes (ip-ranges.json): the most
 * specific range, and a named service before AMAZON (record format 1.4). In shared memory.
 */
export interface ServiceRanges {
  /** Service codes; a range's value is an index into these plus 1, 0 for no service. */
  readonly codes: readonly string[];
  /** Ranges as base/prefixes makes them: findRange4 and findRange6 over all of them. */
  readonly starts4: Uint32Array;
  readonly values4: Int32Array;
  readonly starts6: Uint32Array;
  readonly values6: Int32Array;
  /** Of the ranges, to tell one list from another (S3.7). */
  readonly digest: string;
}

import type { Source } from '../../sources/source.ts';

/**
 * The sources (by index) that only report verdicts (S2.8): NFLOG beside sources of another kind, which count the same
 * packets. `others`: exporters count beside them. Asked when the first bytes of all captures are read.
 */
export function verdictOnlyOf(
  sources: readonly Pick<Source, 'reportsVerdicts'>[],
  others: boolean,
): Set<number> {
  const reporting = [...sources.keys()].filter((index) => sources[index]!.reportsVerdicts);
  return new Set(reporting.length === sources.length && !others ? [] : reporting);
}

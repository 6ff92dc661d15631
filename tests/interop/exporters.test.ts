/** Captures of the repository, exported by other programs over loopback: the totals are those of the captures. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporary } from '../record/run.ts';
import { only, type Totals, totalsOf, totalsOfExports } from './exported-totals.ts';
import { COMMON, debianProgram, type Exporter, NFDUMP, PMACCT, SOFTFLOWD } from './exporters.ts';
import { FILLING, mergedCapture } from './merged-capture.ts';
import { lack, leftOut, pathOf } from './programs.ts';

const folder = temporary();
/** Of the last minutes: what is over an hour off is taken for a wrong clock (S3.3). */
const END = Math.floor(Date.now() / 1000) - 5;
/** Headers of v9 and IPFIX say the time in whole seconds, which start and end are counted from. */
const SECONDS_OFF = 1;

const merged = new Map<string, { path: string; totals: Totals }>();

/** A capture of these examples, and what `weir record` makes of it. */
function captureOf(names: readonly string[], filling = 0): { path: string; totals: Totals } {
  const key = [...names, filling].join(' ');
  let made = merged.get(key);
  if (made === undefined) {
    const path = folder.file(`${merged.size}.pcap`, mergedCapture(names, END, filling));
    made = { path, totals: totalsOf(path) };
    merged.set(key, made);
  }
  return made;
}

for (const { program, exporters } of [
  { program: debianProgram('softflowd', 'softflowd'), exporters: SOFTFLOWD },
  { program: debianProgram('nfreplay', 'nfdump'), exporters: NFDUMP },
  { program: debianProgram('pmacctd', 'pmacct'), exporters: PMACCT },
]) {
  const named = 'path' in program ? program.path : program.missing;
  describe.skipIf(leftOut(program))(`${named}${lack(program)}`, () => {
    test.each(exporters)('$name', async (exporter) => {
      pathOf(program);
      const { got, wanted } = await exported(exporter);
      const counts = (key: string): boolean => !key.includes(` ${FILLING} `);
      const told = (key: string): boolean => counts(key) && (exporter.ipv6 || !key.includes(':'));
      expect(only(got, counts)).toEqual(only(wanted, told));
      expect(got.sums.size).toBeGreaterThan(100);
      // sFlow has no times: its samples are of when they come.
      const off = exporter.times ? [got.start - wanted.start, got.end - wanted.end] : [];
      expect(off.filter((seconds) => Math.abs(seconds) > SECONDS_OFF)).toEqual([]);
      expect(got.summary.time_outlier).toBe(0);
      // Nothing was lost, refused or noted on the way.
      const [source] = got.summary.exports!;
      expect(Object.entries(source!.lost).filter(([, count]) => count !== 0)).toEqual([]);
      expect(Object.keys(source!.decoded).filter((name) => /^(rejected|noted)/.test(name))).toEqual([]);
    });
  });
}

async function exported(exporter: Exporter): Promise<{ got: Totals; wanted: Totals }> {
  const { flag, more, also, filling } = exporter;
  const { path, totals: wanted } = captureOf([...COMMON, ...also], filling);
  const got = await totalsOfExports(flag, more, async (port) => {
    await exporter.send({ capture: path, port, folder: mkdtempSync(join(folder.path, 'exporter-')) });
  });
  return { got, wanted };
}

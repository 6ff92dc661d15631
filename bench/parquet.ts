/**
 * Parquet of 20 columns next to hyparquet-writer: the same lines, gzip at level 1, each run a process of its own, in
 * turns. Ours is given them as text, the peer as arrays of values. The last files of both are compared, value by value.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parquetMetadata, parquetRead } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { parquetColumn } from '../src/records/catalogue.ts';
import { machine, measure, median } from './measure.ts';
import { BENCH_FIELDS } from './parquet-lines.ts';

const WRITE = new URL('./parquet-write.ts', import.meta.url).pathname;
const OURS = 'weir';
const PEER = 'hyparquet-writer';

interface Run {
  /** Seconds from the first line to the closed file, and those in the writer alone. */
  readonly all: number;
  readonly inWriter: number;
  /** CPU seconds of the process. */
  readonly cpu: number;
  readonly peakMb: number;
  readonly mb: number;
}

/** Runs the bench; see docs/benchmarks.md. */
export async function benchParquet(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '3' },
    },
  });
  const rows = Number(values.rows);
  const directory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'weir-bench-'));
  try {
    const runs: Record<string, Run[]> = { [OURS]: [], [PEER]: [] };
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const [name, list] of Object.entries(runs)) {
        list.push(await run(name, rows, join(directory, name)));
        process.stderr.write(`${name}: ${list.at(-1)!.all.toFixed(2)} s\n`);
      }
    }
    await compareFiles(join(directory, OURS), join(directory, PEER), rows);
    report(runs[OURS]!, runs[PEER]!, rows);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function run(name: string, rows: number, path: string): Promise<Run> {
  const { stdout, peakMb, cpu } = await measure({
    argv: [process.execPath, WRITE, name, String(rows), path],
  });
  const { all, inWriter } = JSON.parse(stdout) as { all: number; inWriter: number };
  return { all: all / 1000, inWriter: inWriter / 1000, cpu, peakMb, mb: statSync(path).size / 1e6 };
}

/** Throws unless both files have the same rows. One column at a time. */
async function compareFiles(ours: string, theirs: string, rows: number): Promise<void> {
  for (const { id } of BENCH_FIELDS) {
    const [left, right] = await Promise.all([readColumn(ours, id), readColumn(theirs, id)]);
    if (left.length !== rows || right.length !== rows)
      throw new Error(`${left.length} and ${right.length} rows`);
    const at = left.findIndex((value, i) => value !== right[i]);
    if (at >= 0) throw new Error(`row ${at}, ${id}: ${String(left[at])} and ${String(right[at])}`);
  }
  process.stderr.write('both files have the same rows\n');
}

async function readColumn(path: string, id: string): Promise<unknown[]> {
  const file = Uint8Array.from(readFileSync(path)).buffer;
  const out: unknown[] = [];
  const name = parquetColumn(id);
  await parquetRead({
    file,
    metadata: parquetMetadata(file),
    columns: [name],
    compressors,
    onChunk: ({ columnData, rowStart }) => {
      for (let i = 0; i < columnData.length; i++) out[rowStart + i] = columnData[i] ?? null;
    },
  });
  return out;
}

function report(ours: readonly Run[], theirs: readonly Run[], rows: number): void {
  const rate = (runs: readonly Run[], seconds: (run: Run) => number): string =>
    (rows / 1000 / median(runs.map(seconds))).toFixed(0);
  // The ratio of each round, then their median: what disturbs a round disturbs both.
  const ratio = (of: (mine: Run, peer: Run) => number): string =>
    median(ours.map((mine, round) => of(mine, theirs[round]!))).toFixed(2);
  const line = (name: string, runs: readonly Run[]): string => {
    const peak = Math.max(...runs.map(({ peakMb }) => peakMb)).toFixed(0);
    const cpu = median(runs.map((one) => one.cpu)).toFixed(2);
    const cells = [rate(runs, ({ all }) => all), rate(runs, ({ inWriter }) => inWriter), cpu, peak];
    return `| ${[name, ...cells, runs[0]!.mb.toFixed(1)].join(' | ')} |`;
  };
  const lines = [
    `${machine()}; ${rows} rows of ${BENCH_FIELDS.length} columns, gzip 1; medians of ${ours.length}, in turns`,
    '',
    '| writer | thousand rows/s | in the writer alone | CPU s | peak MB | file MB |',
    '|---|---:|---:|---:|---:|---:|',
    line(OURS, ours),
    line(PEER, theirs),
    `| ${OURS} against it | ${ratio((mine, peer) => peer.all / mine.all)} | ${ratio(
      (mine, peer) => peer.inWriter / mine.inWriter,
    )} | ${ratio((mine, peer) => mine.cpu / peer.cpu)} | ${ratio(
      (mine, peer) => mine.peakMb / peer.peakMb,
    )} | ${ratio((mine, peer) => mine.mb / peer.mb)} |`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/**
 * Exported flows to records, next to nfcapd (which stores only) and nfacctd (which aggregates): the highest rate of each
 * without a lost record, in turns; then a run over the end of a window at that rate, for CPU time and memory. See
 * docs/benchmarks.md.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installed, machine } from './measure.ts';
import { type Contender, CONTENDERS } from './netflow/contenders.ts';
import { type Flood, type Outcome, receiveFlood } from './netflow/run.ts';

/** A search ends when what is good and what is not are so near each other. */
const NEAR = 1.12;
/** A sender that came to less than this share of what was asked for is the limit. */
const REACHED = 0.93;
/** A long run that loses something is followed by one at this share of its rate. */
const LOWER = 0.88;
const MOST_CONFIRMATIONS = 4;

interface Search {
  readonly contender: Contender;
  /** The highest rate without a loss, the lowest with one, and the one to try next. */
  good: number;
  bad: number;
  next: number;
  /** The sender cannot send more. */
  atLimit: boolean;
}

/** Runs the bench. */
export async function benchNetflow(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      flows: { type: 'string', default: '500000' },
      version: { type: 'string', default: '9' },
      seconds: { type: 'string', default: '10' },
      confirm: { type: 'string', default: '90' },
      from: { type: 'string', default: '500000' },
      only: { type: 'string', default: '' },
    },
  });
  const directory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'weir-bench-'));
  try {
    const flood = {
      flows: Number(values.flows),
      version: Number(values.version),
      receiveBuffer: Number(readFileSync('/proc/sys/net/core/rmem_max', 'utf8')),
      directory,
    };
    const contenders = CONTENDERS.filter(
      ({ name, program }) =>
        (program === 'node' || installed(program)) &&
        (values.only === '' || values.only.split(';').some((part) => name === part.trim())),
    );
    const searches = contenders.map((contender) => ({
      contender,
      good: 0,
      bad: Infinity,
      next: Number(values.from),
      atLimit: false,
    }));
    await search(searches, { ...flood, seconds: Number(values.seconds) });
    const outcomes = await confirm(searches, { ...flood, seconds: Number(values.confirm) });
    process.stdout.write(table(outcomes, { ...flood, seconds: Number(values.confirm) }));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

type Setting = Omit<Flood, 'rate'>;

/** Doubles until something is lost, then bisects; one run of each at a time. */
async function search(searches: readonly Search[], flood: Setting): Promise<void> {
  const unfinished = (): Search[] => searches.filter((it) => !it.atLimit && it.bad / it.good > NEAR);
  for (let those = unfinished(); those.length > 0; those = unfinished()) {
    for (const it of those) {
      const outcome = await receiveFlood(it.contender, { ...flood, rate: it.next });
      tell(it.contender, it.next, outcome);
      const reached = outcome.rate >= REACHED * it.next;
      if (outcome.lost === 0) it.good = Math.max(it.good, Math.min(it.next, outcome.rate));
      else it.bad = Math.min(it.bad, it.next);
      if (!reached && outcome.lost === 0) it.atLimit = true;
      it.next = it.bad === Infinity ? 2 * it.next : (it.good + it.bad) / 2;
      if (it.good === 0 && it.bad < 1000) throw new Error(`${it.contender.name} loses at any rate`);
    }
  }
}

/** A long run each, lower where it loses. */
async function confirm(
  searches: readonly Search[],
  flood: Setting,
): Promise<{ search: Search; outcome: Outcome }[]> {
  const outcomes: { search: Search; outcome: Outcome }[] = [];
  for (const it of searches) {
    let rate = it.good;
    for (let tries = 0; tries < MOST_CONFIRMATIONS; tries++, rate *= LOWER) {
      const outcome = await receiveFlood(it.contender, { ...flood, rate });
      tell(it.contender, rate, outcome);
      if (outcome.lost === 0 || tries === MOST_CONFIRMATIONS - 1) outcomes.push({ search: it, outcome });
      if (outcome.lost === 0) break;
    }
  }
  return outcomes;
}

function tell({ name }: Contender, rate: number, { sent, lost, ...outcome }: Outcome): void {
  const figures = [
    `asked ${shown(rate)}/s, sent ${shown(outcome.rate)}/s, ${shown(sent)} in all, lost ${shown(lost)}`,
    `${outcome.cpuSeconds.toFixed(2)} CPU s (sender ${outcome.senderSeconds.toFixed(2)})`,
    `${outcome.peakMb.toFixed(0)} MB`,
  ];
  process.stderr.write(`${name}: ${figures.join('; ')}\n`);
}

function table(
  outcomes: readonly { search: Search; outcome: Outcome }[],
  { flows, version, seconds }: Setting,
): string {
  const rateOf = (name: string): number =>
    outcomes.find(({ search: { contender } }) => contender.name === name)?.outcome.rate ?? NaN;
  const lines = [
    `${machine()}; ${shown(flows)} flows, version ${version}, ${seconds} s at the end`,
    '',
    '| program | records/s, short | records/s, long | lost | CPU s for a million | peak MB | against nfacctd | against nfcapd |',
    '|---|---:|---:|---:|---:|---:|---:|---:|',
  ];
  for (const { search: it, outcome } of outcomes) {
    const { rate, lost, cpuSeconds, sent, peakMb } = outcome;
    const limit = it.atLimit ? ' (the sender)' : '';
    const against = (name: string): string => (rate / rateOf(name)).toFixed(2);
    lines.push(
      `| ${it.contender.name} | ${shown(it.good)}${limit} | ${shown(rate)} | ${shown(lost)} | ${((cpuSeconds / sent) * 1e6).toFixed(2)} | ${peakMb.toFixed(0)} | ${against('nfacctd')} | ${against('nfcapd')} |`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function shown(figure: number): string {
  return Math.round(figure).toLocaleString('en');
}

import type { RecordSession } from '../service/record/session.ts';
import type { FlowSource } from '../sources/flow-source.ts';
import type { Source } from '../sources/source.ts';
import { count, duration } from './text.ts';

/** How often the line is drawn, in milliseconds. */
const EVERY_MS = 500;

/** A progress line on a terminal: rate, open flows, what is left. Nothing anywhere else. */
export function startProgress(
  session: RecordSession,
  sources: readonly (Source | FlowSource)[],
): { end(): void } {
  if (!process.stderr.isTTY) return { end: () => {} };
  const began = performance.now();
  const timer = setInterval(() => {
    process.stderr.write(`\r\x1b[K${line(session, sources, (performance.now() - began) / 1000)}`);
  }, EVERY_MS);
  let ended = false;
  return {
    end: () => {
      if (ended) return;
      ended = true;
      clearInterval(timer);
      process.stderr.write('\r\x1b[K');
    },
  };
}

function line(session: RecordSession, sources: readonly (Source | FlowSource)[], seconds: number): string {
  const { packets, exported, lines, flows } = session.progress;
  const parts = [
    ...(exported === 0 ? [] : [`${count(exported)} flows`, `${count(exported / seconds)}/s`]),
    `${count(packets)} packets`,
    `${count(packets / seconds)}/s`,
    `${count(flows)} open flows`,
    `${count(lines)} records`,
  ];
  const totals = sources.map((source) => source.progress.total);
  if (totals.every((total) => total !== undefined)) {
    const total = totals.reduce((sum, part) => sum + part, 0);
    const read = sources.reduce((sum, source) => sum + source.progress.read, 0);
    if (read > 0 && total > 0) {
      parts.push(`${Math.floor((100 * read) / total)}%, ${duration((seconds * (total - read)) / read)} left`);
    }
  }
  return parts.join(', ');
}

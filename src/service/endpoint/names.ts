import type { ReplaySummary } from '../serve/control.ts';
import type { ReplayDone } from './messages.ts';

/** Puts the names that a client knows where paths of the service stand in a text. */
export function withNames(text: string, files: readonly string[], names: readonly string[]): string {
  // From the last on: 1-a would else stand for the beginning of 1-ab.
  return files.reduceRight((shown, file, k) => shown.replaceAll(file, names[k] ?? 'the capture'), text);
}

/** What a client gets to know of a replay, in the names that it knows. */
export function shownSummary(
  { stats: _, ...summary }: ReplaySummary,
  files: readonly string[],
  names: readonly string[],
): ReplayDone {
  const faults = summary.faults.map(({ file, message }) => ({
    file: withNames(file, files, names),
    message: withNames(message, files, names),
  }));
  return { ...summary, faults };
}

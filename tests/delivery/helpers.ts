import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';
import { openDeliverer } from '../../src/delivery/delivery.ts';
import type { DelivererOptions } from '../../src/delivery/delivery.ts';
import type { Deliverer, TargetState } from '../../src/delivery/deliverer.ts';
import { HEADER } from './chunks.ts';
import { MemoryLogs, MemoryObjects, MemoryStreams } from './sinks.ts';

export * from './chunks.ts';

export interface Setup {
  readonly directory: string;
  readonly objects: MemoryObjects;
  readonly logs: MemoryLogs;
  readonly streams: MemoryStreams;
  readonly states: [string, TargetState['state'], string?][];
  readonly messages: string[];
  deliverer: Deliverer;
  reopen(options?: Partial<DelivererOptions>): Promise<Deliverer>;
}

/** A deliverer on a new directory and sinks in memory with a bucket `logs`. */
export function setup(options: Partial<DelivererOptions> = {}): Setup {
  const directory = mkdtempSync(join(tmpdir(), 'weir-delivery-'));
  const objects = new MemoryObjects();
  objects.addBucket('logs');
  const logs = new MemoryLogs();
  const streams = new MemoryStreams();
  const states: Setup['states'] = [];
  const messages: string[] = [];
  const open = (more: Partial<DelivererOptions> = {}): Deliverer =>
    openDeliverer({
      directory,
      objects,
      logs,
      streams,
      ...options,
      ...more,
      limits: { backOffMs: 5, backOffMostMs: 20, ...options.limits, ...more.limits },
      onState: (flowLog, state) =>
        states.push(
          state.state === 'failing' ? [flowLog, state.state, state.message] : [flowLog, state.state],
        ),
      onLog: (_, message) => messages.push(message),
    });
  const out: Setup = {
    directory,
    objects,
    logs,
    streams,
    states,
    messages,
    deliverer: open(),
    async reopen(more) {
      await out.deliverer.close(200);
      return (out.deliverer = open(more));
    },
  };
  onTestFinished(async () => {
    await out.deliverer.close(0);
    rmSync(directory, { recursive: true, force: true });
  });
  return out;
}

/** Lines of every object of text without its header, by key. */
export function linesOf(objects: MemoryObjects): Map<string, string[]> {
  return new Map(
    [...objects.objects].flatMap(([place, { bytes }]) => {
      if (place.endsWith('.parquet')) return [];
      const text = gunzipSync(bytes).toString();
      if (!text.startsWith(HEADER)) throw new Error(`${place} has no header`);
      return [[place, text.slice(HEADER.length).split('\n').slice(0, -1)]];
    }),
  );
}

export function allLines(objects: MemoryObjects): string[] {
  return [...linesOf(objects).values()].flat().sort();
}

/** Waits until something holds. */
export async function until(what: () => boolean, ms = 4000): Promise<void> {
  const end = Date.now() + ms;
  while (!what()) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** selected = delivered + spooled + given up, for every flow log. */
export function assertIdentity(deliverer: Deliverer): void {
  for (const [flowLog, { selected, delivered, spooled, givenUp }] of deliverer.amounts()) {
    for (const unit of ['rows', 'packets', 'bytes'] as const) {
      const sum = delivered[unit] + spooled[unit] + givenUp[unit];
      if (selected[unit] !== sum || spooled[unit] < 0) {
        throw new Error(`${flowLog}: ${unit} selected ${selected[unit]}, found ${sum}`);
      }
    }
  }
}

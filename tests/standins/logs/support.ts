import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { LogGroupName, StreamEvents } from '../../../src/standins/storage/log-storage.ts';
import type { LogStorage, PageRequest, StoredEvent } from '../../../src/standins/storage/logs.ts';

export const GROUP: LogGroupName = {
  account: '123456789012',
  region: 'eu-central-1',
  name: '/vpc/flow-logs',
};
export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

const folders: string[] = [];

/** A directory that is removed after the test. */
export function temporaryRoot(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-logs-'));
  folders.push(folder);
  return join(folder, 'logs');
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Events of a stream: [timestamp, message]. */
export function streamEvents(
  stream: string,
  ...events: readonly (readonly [number, string])[]
): StreamEvents {
  const messages = events.map(([, message]) => Buffer.from(message));
  let end = 0;
  return {
    stream,
    timestamps: Float64Array.from(events, ([time]) => time),
    messages: Buffer.concat(messages),
    ends: Uint32Array.from(messages, ({ length }) => (end += length)),
  };
}

export const EVERYTHING: PageRequest = {
  from: 0,
  to: Infinity,
  limit: 10_000,
  maxBytes: 1 << 20,
  budget: Infinity,
};

/** All pages of a request, one behind the other. */
export async function readAll(
  storage: LogStorage,
  request: Partial<PageRequest> = {},
  group = GROUP,
): Promise<StoredEvent[]> {
  const out: StoredEvent[] = [];
  let after = request.after;
  for (;;) {
    const page = await storage.read(
      group,
      { ...EVERYTHING, ...request, ...(after === undefined ? {} : { after }) },
      NOW,
    );
    out.push(...page!.events);
    if (page!.resume === undefined) return out;
    after = page!.resume;
  }
}

/** [stream, timestamp, message] of events. */
export function shown(events: readonly StoredEvent[]): [string, number, string][] {
  return events.map(({ stream, timestamp, message }) => [stream, timestamp, message]);
}

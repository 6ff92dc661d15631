/** One suite for every destination, on the storage that it writes to. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { failureOf } from '../../src/delivery/failures.ts';
import type { ObjectDeliveryTarget } from '../../src/delivery/keys.ts';
import { logDestination } from '../../src/delivery/log-destination.ts';
import { objectDestination } from '../../src/delivery/object-destination.ts';
import { openLogStorage } from '../../src/standins/storage/logs.ts';
import { openObjectStorage } from '../../src/standins/storage/objects.ts';
import { ACCOUNT, objectTarget } from './chunks.ts';

interface Case {
  deliver(name: string, rows: readonly string[], signal?: AbortSignal, fail?: Error): Promise<number>;
  /** Rows that can be read, as the destination keeps them. */
  read(): Promise<string[]>;
}

const CASES: Record<string, (root: string) => Promise<Case>> = {
  objects: async (root) => {
    const storage = await openObjectStorage(root);
    await storage.buckets.create({ name: 'logs', account: ACCOUNT, region: 'eu-central-1', createdAt: 0 });
    const destination = objectDestination(storage);
    const keys = new Set<string>();
    return {
      deliver(name, rows, signal = new AbortController().signal, fail) {
        keys.add(name);
        async function* body(): AsyncGenerator<Uint8Array> {
          for (const [i, row] of rows.entries()) {
            if (fail !== undefined && i === 1) throw fail;
            yield Buffer.from(`${row}\n`);
          }
        }
        return destination.deliver(
          { target: objectTarget('fl-1') as ObjectDeliveryTarget, key: name, body },
          signal,
        );
      },
      async read() {
        const out: string[] = [];
        for (const key of keys) {
          const found = await storage.open('logs', key);
          if (found === undefined) continue;
          const parts: Buffer[] = [];
          for await (const part of found.body()) parts.push(Buffer.from(part));
          out.push(...Buffer.concat(parts).toString().split('\n').slice(0, -1));
        }
        return out.sort();
      },
    };
  },
  'log events': async (root) => {
    const storage = openLogStorage(root);
    const to = {
      type: 'cloud-watch-logs',
      region: 'eu-central-1',
      account: ACCOUNT,
      group: 'group',
    } as const;
    const as = { account: ACCOUNT, region: 'eu-central-1' };
    const destination = logDestination(storage, Date.now);
    return {
      deliver(name, rows, signal = new AbortController().signal, fail) {
        function* events(): Generator<
          { stream: string; timestamps: Float64Array; messages: Uint8Array; ends: Uint32Array }[]
        > {
          for (const [i, row] of rows.entries()) {
            if (fail !== undefined && i === 1) throw fail;
            const messages = Buffer.from(row);
            yield [
              {
                stream: 's',
                timestamps: Float64Array.of(Date.now()),
                messages,
                ends: Uint32Array.of(messages.length),
              },
            ];
          }
        }
        return destination.deliver(
          { to, as, batch: name, events, create: true, onRefused: () => {} },
          signal,
        );
      },
      async read() {
        const request = { from: 0, to: 1e15, limit: 1000, maxBytes: 1e8, budget: 1e9 };
        const page = await storage.read(
          { account: ACCOUNT, region: 'eu-central-1', name: 'group' },
          request,
          Date.now(),
        );
        return (page?.events ?? []).map(({ message }) => message).sort();
      },
    };
  },
};

describe.each(Object.entries(CASES))('%s', (_, open) => {
  const make = async (): Promise<Case> => {
    const root = mkdtempSync(join(tmpdir(), 'weir-destination-'));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    return open(root);
  };

  test('what is delivered can be read, and counted', async () => {
    const it = await make();
    expect(await it.deliver('a', ['1', '2'])).toBeGreaterThan(0);
    expect(await it.read()).toEqual(['1', '2']);
  });

  test('the same job again changes nothing', async () => {
    const it = await make();
    for (let i = 0; i < 3; i++) await it.deliver('a', ['1', '2', '3']);
    await it.deliver('b', ['4']);
    expect(await it.read()).toEqual(['1', '2', '3', '4']);
  });

  test('a job that failed half way is delivered once when it is given again', async () => {
    const it = await make();
    const fault = new Error('half way');
    await expect(it.deliver('a', ['1', '2', '3'], undefined, fault)).rejects.toThrow('half way');
    await it.deliver('a', ['1', '2', '3']);
    expect(await it.read()).toEqual(['1', '2', '3']);
  });

  test('a job whose time is over is refused, and harmless', async () => {
    const it = await make();
    await expect(it.deliver('a', ['1'], AbortSignal.abort(new Error('time')))).rejects.toThrow('time');
    await it.deliver('a', ['1']);
    expect(await it.read()).toEqual(['1']);
  });

  test('jobs side by side are all there', async () => {
    const it = await make();
    await Promise.all(Array.from({ length: 20 }, (_, i) => it.deliver(`job-${i}`, [`row ${i}`])));
    expect(await it.read()).toHaveLength(20);
  });
});

test('clients are told what may not be done as an access error, all else as unknown', () => {
  for (const code of ['EACCES', 'EPERM', 'EROFS']) {
    expect(failureOf(Object.assign(new Error('no'), { code })).message).toBe('Access error');
  }
  for (const code of ['ENOSPC', 'EIO', 'ENOENT', 'NoSuchKey']) {
    const failure = failureOf(Object.assign(new Error('no'), { code }));
    expect(failure.message).toBe('Unknown error');
    expect(failure.reason).toBe(`${code}: no`);
  }
});

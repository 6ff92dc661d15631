import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UsageError, UserError } from '../../src/base/errors.ts';
import { askService } from '../../src/identity/admin-client.ts';
import type { AdminServer } from '../../src/identity/admin.ts';
import { createAdminServer, LONGEST_REQUEST } from '../../src/identity/admin.ts';
import { keyCommandHandlers } from '../../src/identity/key-commands.ts';
import { KeyRing } from '../../src/identity/keys.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';

let directory: string;
let server: AdminServer;
const faults: unknown[] = [];
const start = async (at = directory) => {
  server = createAdminServer({
    directory: at,
    handlers: {
      echo: async (params) => params,
      slow: async () => {
        await sleep(100);
        return 'done';
      },
      wrong: async () => {
        throw new UsageError('not like this');
      },
      broken: async () => {
        throw new RangeError('off by one');
      },
    },
    onFault: (error) => faults.push(error),
  });
  await server.start();
};
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'weir-admin-'));
  faults.length = 0;
});
afterEach(async () => {
  await server?.close();
  rmSync(directory, { recursive: true, force: true });
});

const open = (): Promise<Socket> =>
  new Promise((resolve) => {
    const socket: Socket = connect(join(directory, 'admin.sock'), () => resolve(socket));
  });

/** Sends bytes as they are, ends, and reads all answers. */
async function raw(bytes: string): Promise<unknown[]> {
  const socket = await open();
  socket.end(bytes);
  const answers = await text(socket);
  return answers
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}

describe('the admin endpoint', () => {
  test('answers on a socket that only its owner can open, and takes it away', async () => {
    await start();
    expect(statSync(join(directory, 'admin.sock')).mode & 0o777).toBe(0o600);
    expect(await askService(directory, 'echo', { a: [1, 'ü\n'] })).toEqual({
      reached: true,
      result: { a: [1, 'ü\n'] },
    });
    await server.close();
    await server.close();
    expect(readdirSync(directory)).toEqual([]);
    expect(await askService(directory, 'echo', {})).toEqual({ reached: false });
  });

  test.runIf(process.platform === 'linux')(
    'is reached in a directory whose path no socket address holds',
    async () => {
      const deep = join(directory, 'd'.repeat(100), 'e'.repeat(100));
      mkdirSync(deep, { recursive: true });
      await start(deep);
      expect(statSync(join(deep, 'admin.sock')).mode & 0o777).toBe(0o600);
      expect(await askService(deep, 'echo', 1)).toEqual({ reached: true, result: 1 });
      await server.close();
      expect(readdirSync(deep)).toEqual([]);
      expect(await askService(deep, 'echo', 1)).toEqual({ reached: false });
    },
  );

  test('takes the place of a dead process’s socket, and of nothing else', async () => {
    // A listener that is moved away leaves its socket behind, as a killed process does.
    const dead = createServer();
    await new Promise<void>((resolve) => {
      dead.listen(join(directory, 'moved'), resolve);
    });
    renameSync(join(directory, 'moved'), join(directory, 'admin.sock'));
    await new Promise((resolve) => dead.close(resolve));
    expect(await askService(directory, 'echo', {})).toEqual({ reached: false });
    await start();
    expect(await askService(directory, 'echo', 2)).toEqual({ reached: true, result: 2 });
    await server.close();
    writeFileSync(join(directory, 'admin.sock'), 'notes');
    await expect(start()).rejects.toThrow(/admin\.sock is in the way/);
  });

  test('passes on what is the user’s to mend, with its exit code, and counts the rest as its own', async () => {
    await start();
    await expect(askService(directory, 'wrong', {})).rejects.toMatchObject({
      message: 'not like this',
      exitCode: 2,
    });
    await expect(askService(directory, 'nonsense', {})).rejects.toThrow(/does not know this command/);
    await expect(askService(directory, 'toString', {})).rejects.toThrow(/does not know this command/);
    expect(faults).toEqual([]);
    await expect(askService(directory, 'broken', {})).rejects.toThrow(
      'the service failed at broken: off by one',
    );
    expect(faults).toEqual([new RangeError('off by one')]);
  });

  test('answers several questions of one connection in order', async () => {
    await start();
    const lines = ['{"command":"slow"}', '{"command":"echo","params":1}', '[]', 'null', '{"command":7}', '{'];
    const answers = await raw(`${lines.join('\n')}\n`);
    expect(answers.slice(0, 2)).toEqual([
      { ok: true, result: 'done' },
      { ok: true, result: 1 },
    ]);
    expect(answers.slice(2)).toHaveLength(4);
    for (const answer of answers.slice(2))
      expect(answer).toMatchObject({ ok: false, error: { exitCode: 1 } });
  });

  test('bounds a question, whether it ends or not', async () => {
    await start();
    const fits = JSON.stringify({ command: 'echo', params: 'x'.repeat(LONGEST_REQUEST - 100) });
    expect(await raw(`${fits}\n`)).toMatchObject([{ ok: true }]);
    for (const end of ['', '\n']) {
      const answers = await raw(`${'x'.repeat(LONGEST_REQUEST + 1)}${end}`);
      expect(answers).toEqual([
        { ok: false, error: { message: `a question has at most ${LONGEST_REQUEST} bytes`, exitCode: 1 } },
      ]);
    }
    expect(await askService(directory, 'echo', 3)).toEqual({ reached: true, result: 3 });
  });

  test('bounds the connections: who comes too many is turned away, the others stay served', async () => {
    await start();
    const held = await Promise.all(Array.from({ length: 16 }, open));
    await expect(askService(directory, 'echo', {})).rejects.toThrow(UserError);
    held[0]!.destroy();
    await sleep(50);
    expect(await askService(directory, 'echo', 4)).toEqual({ reached: true, result: 4 });
    for (const socket of held) socket.destroy();
  });

  test('lets the answer under way go out when it closes, and does not wait for who says nothing', async () => {
    await start();
    const silent = await open();
    const asked = askService(directory, 'slow', {});
    await sleep(30);
    const closing = server.close();
    expect(await asked).toEqual({ reached: true, result: 'done' });
    await closing;
    silent.destroy();
  });

  test('a service that does not answer in time is named', async () => {
    await start();
    await expect(askService(directory, 'slow', {}, { timeout: 20 })).rejects.toThrow(
      `the service on ${directory} did not answer within 0.02 s`,
    );
  });
});

describe('key commands over it', () => {
  test('create shows the secret, list never does, delete ends the key at once', async () => {
    const store = await openSqliteStore();
    const ring = await KeyRing.open(store);
    server = createAdminServer({ directory, handlers: { ...keyCommandHandlers(ring, '999999999999') } });
    await server.start();
    const ask = async (command: string, params: Record<string, string | boolean>) => {
      const answer = await askService(directory, command, params);
      return answer.reached ? answer.result : undefined;
    };
    const made = (await ask('keys.create', { readOnly: true, label: 'x' })) as { id: string; secret: string };
    expect(ring.find(made.id)).toMatchObject({
      secret: made.secret,
      account: '999999999999',
      readOnly: true,
    });
    const list = await ask('keys.list', {});
    expect(list).toMatchObject([{ id: made.id, account: '999999999999', readOnly: true, label: 'x' }]);
    expect(JSON.stringify(list)).not.toContain(made.secret);
    expect(await ask('keys.list', { account: '111111111111' })).toEqual([]);
    expect(await ask('keys.delete', { id: made.id })).toEqual({ id: made.id });
    expect(ring.find(made.id)).toBeUndefined();
    await expect(ask('keys.delete', { id: made.id })).rejects.toThrow(`there is no access key ${made.id}`);
    await expect(ask('keys.create', { account: 'x' })).rejects.toMatchObject({ exitCode: 2 });
    await expect(ask('keys.create', { admin: true })).rejects.toThrow(/keys\.create: .*admin/s);
    await store.close();
  });
});

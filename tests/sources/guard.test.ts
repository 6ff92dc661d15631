/** A capturing child does not outlive the thread or the process that holds it, though its interface is quiet. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Wire } from '../service/recording/wire.ts';
import { missingForLive } from './namespace.ts';

const missing = missingForLive();
const TCPDUMP = new URL('../../src/sources/tcpdump.ts', import.meta.url).href;
const wire = new Wire();
const device = wire.name;

/** A program that captures, and says its child's process id. */
const capture = (say: string): string => `
  const { openLive } = await import(${JSON.stringify(TCPDUMP)});
  const source = await openLive(${JSON.stringify(device)});
  ${say}(source.pid);
  setInterval(() => {}, 1000);
`;

async function gone(pid: number): Promise<boolean> {
  const deadline = Date.now() + 2_000;
  while (captures(pid) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  return !captures(pid);
}

/** A child whose thread is gone has nobody to wait for its end: it stays as a zombie, which holds nothing. */
function captures(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Shells that guard this child. */
function guards(pid: number): number {
  const all = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
  return all.split('\n').filter((line) => line.startsWith('/bin/sh -c read') && line.endsWith(` ${pid}`))
    .length;
}

(missing === undefined ? describe : describe.skip)(
  `tcpdump on a quiet interface${missing === undefined ? '' : ` (needs ${missing})`}`,
  () => {
    beforeEach(() => wire.make());
    afterEach(() => wire.remove());

    test('ends with its process, which is killed', async () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', capture('console.log')], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      const pid = Number(line.toString());
      expect(captures(pid)).toBe(true);
      child.kill('SIGKILL');
      expect(await gone(pid)).toBe(true);
    }, 20_000);

    test('ends with its thread, which is terminated', async () => {
      const code = `(async () => { const { parentPort } = require('node:worker_threads'); const say = (it) => parentPort.postMessage(it); ${capture('say')} })()`;
      const worker = new Worker(code, { eval: true });
      const [pid] = (await once(worker, 'message')) as [number];
      expect(captures(pid)).toBe(true);
      await worker.terminate();
      expect(await gone(pid)).toBe(true);
    }, 20_000);

    test('ends in good order when asked, and its guard with it', async () => {
      const { openLive } = await import('../../src/sources/tcpdump.ts');
      const source = await openLive(device);
      const pid = source.pid!;
      expect(guards(pid)).toBe(1);
      await source.close();
      expect(await gone(pid)).toBe(true);
      await expect.poll(() => guards(pid)).toBe(0);
    }, 20_000);
  },
);

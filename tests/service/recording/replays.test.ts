/** Replays on their threads, against a writing side of the test's own, and `weir record` over the same packets. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import type { Network } from '../../../src/network/model.ts';
import type { ServiceRanges } from '../../../src/network/service-ranges.ts';
import { readNetworkFile } from '../../../src/network/yaml.ts';
import { parseServiceRanges } from '../../../src/rules/read-service-ranges.ts';
import { type ReplayRequest, Replays } from '../../../src/service/recording/replays.ts';
import { weir } from '../../record/run.ts';
import { FakeWriting, FIELDS, linesOf } from './fake-writing.ts';

const EXAMPLES = new URL('../../../examples/', import.meta.url).pathname;
const OWNER = { account: '123456789012', region: 'eu-central-1' };
const PATIENCE = 30_000;
const RANGES = '{"prefixes":[{"ip_prefix":"192.0.2.0/24","service":"S3"}],"ipv6_prefixes":[]}';

let folder: string;
let writing: FakeWriting;
let network: Network;
let replays: Replays;
let services: ServiceRanges | undefined;
const logged: string[] = [];

beforeEach(() => {
  services = undefined;
  folder = mkdtempSync(join(tmpdir(), 'weir-replays-'));
  writing = new FakeWriting();
  network = readNetworkFile(join(EXAMPLES, 'web/network.yaml'), OWNER);
  logged.length = 0;
  let number = 0;
  replays = new Replays({
    network: { network: () => network, services: () => services },
    writing,
    log: (_, message) => logged.push(message),
    nextNumber: () => ++number,
    graceSeconds: 2,
    maxFlows: 1 << 16,
  });
});
afterEach(async () => {
  await replays.stop();
  rmSync(folder, { recursive: true, force: true });
});

function of(...paths: string[]): ReplayRequest {
  const captures = paths.map((path) => ({ path, name: path, vpcs: undefined }));
  return { captures, flush: true };
}

function recorded(...paths: string[]): string[] {
  const format = FIELDS.split(' ')
    .map((id) => `\${${id}}`)
    .join(' ');
  const run = weir([
    'record',
    ...paths,
    '--network',
    join(EXAMPLES, 'web/network.yaml'),
    '--interval',
    '60',
    '--format',
    format,
    '--no-header',
    '--summary',
    'none',
  ]);
  return run.stdout.toString().split('\n').slice(0, -1);
}

const web = join(EXAMPLES, 'web/web.pcap');
const ssh = join(EXAMPLES, 'ssh/ssh.pcap');

describe('a replay', () => {
  test(
    'records what `record` does, once, and says what it did',
    async () => {
      const summary = (await replays.run(of(web)))!;
      const [written] = writing.written;
      expect(linesOf(written!).toSorted()).toEqual(recorded(web).toSorted());
      expect(written).toMatchObject({ producer: summary.producer, mode: 'replay', ended: true });
      expect(writing.flushed).toEqual([summary.producer]);
      expect(summary.packets).toBeGreaterThan(0);
      expect(summary.faults).toEqual([]);
      expect(summary.windows).toBe(written!.windows.length);
      expect(summary.until).toBe(summary.stats.time);
      expect(replays.counts).toEqual({ done: 1, failed: 0 });
      expect(replays.past).toEqual([{ ...summary.stats, openFlows: 0 }]);
    },
    PATIENCE,
  );

  test(
    'its producer follows from content, network and options, not from paths',
    async () => {
      const copy = join(folder, 'copy.pcap');
      writeFileSync(copy, readFileSync(web));
      const first = (await replays.run(of(web)))!.producer;
      expect((await replays.run(of(copy)))!.producer).toBe(first);
      expect(first).toMatch(/^replay-[0-9a-f]{32}$/);
      const others = [
        (await replays.run(of(web, ssh)))!.producer,
        (await replays.run(of(ssh, web)))!.producer,
        (await replays.run({ ...of(web), verdictOnly: [0] }))!.producer,
        (await replays.run({
          captures: [{ path: web, name: web, vpcs: ['vpc-020200a0b0c0d0e0f'] }],
          flush: false,
        }))!.producer,
      ];
      network = readNetworkFile(join(EXAMPLES, 'ssh/network.yaml'), { ...OWNER, region: 'eu-west-1' });
      network = {
        ...network,
        vpcs: new Map([...network.vpcs].map(([id, it]) => [id, { ...it, tags: { a: 'b' } }])),
      };
      others.push((await replays.run(of(web)))!.producer);
      services = parseServiceRanges(RANGES, 'ranges');
      others.push((await replays.run(of(web)))!.producer);
      expect(new Set([first, ...others]).size).toBe(others.length + 1);
      // What is not asked to be published is not.
      expect(writing.flushed).not.toContain(others[3]);
    },
    PATIENCE,
  );

  test(
    'a truncated capture is recorded as far as it can be read, and named',
    async () => {
      const cut = join(folder, 'cut.pcap');
      const bytes = readFileSync(web);
      writeFileSync(cut, bytes.subarray(0, bytes.length - 7));
      const summary = (await replays.run(of(cut)))!;
      const whole = (await replays.run(of(web)))!;
      expect(summary.packets).toBe(whole.packets - 1);
      expect(summary.faults).toEqual([
        { file: cut, message: expect.stringMatching(/^truncated at byte \d+: .*recorded$/) },
      ]);
    },
    PATIENCE,
  );

  test.each([
    ['is not there', 'missing.pcap', /missing\.pcap/],
    ['is no capture', 'text.pcap', /text\.pcap is not a capture/],
    ['is a folder', '.', /directory/],
  ])(
    'a capture that %s refuses the replay in words, and the recording ends',
    async (_, name, words) => {
      writeFileSync(join(folder, 'text.pcap'), 'no capture at all');
      const error = await replays.run(of(join(folder, name))).catch((it: unknown) => it);
      expect(error).toBeInstanceOf(UserError);
      expect((error as Error).message).toMatch(words);
      for (const written of writing.written) expect(written).toMatchObject({ ended: true, windows: [] });
      expect(replays.counts).toEqual({ done: 0, failed: 1 });
      expect(replays.running.size).toBe(0);
    },
    PATIENCE,
  );

  test(
    'waits when no table comes back, and goes on when one does',
    async () => {
      writing.holds = true;
      const long = join(folder, 'long.pcap');
      writeFileSync(long, minutes(40));
      const running = replays.run(of(long));
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      const before = writing.written[0]!.windows.length;
      expect(before).toBeGreaterThan(0);
      expect(before).toBeLessThan(10);
      writing.go();
      await running;
      expect(new Set(writing.written[0]!.windows.map((it) => it.start)).size).toBe(40);
    },
    PATIENCE,
  );

  test(
    'the same captures are not recorded twice at a time; others are; too many are refused',
    async () => {
      writing.hangs = true;
      const same = [replays.run(of(web)), replays.run(of(web))];
      const more = Array.from({ length: 32 }, () => replays.run(of(ssh)));
      for (const it of [...same, ...more]) it.catch(() => {});
      await expect(replays.run(of(ssh))).rejects.toThrow('32 replays wait already');
      await until(() => writing.written.some((it) => it.closed.length > 0));
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(writing.written.length).toBe(1);
      expect(replays.waiting).toBe(32);
      await replays.stop();
      for (const it of same) await expect(it).rejects.toThrow(/clos/);
      expect(writing.written.every((it) => !it.ended)).toBe(true);
    },
    PATIENCE,
  );

  test(
    'ended early, it commits what it has read',
    async () => {
      writing.holds = true;
      const long = join(folder, 'long.pcap');
      writeFileSync(long, minutes(60));
      const abort = new AbortController();
      const running = replays.run({ ...of(long), signal: abort.signal });
      await until(() => (writing.written[0]?.windows.length ?? 0) > 0);
      abort.abort();
      setTimeout(() => writing.go(), 200);
      const summary = (await running)!;
      expect(summary.aborted).toBe(true);
      expect(summary.packets).toBeLessThan(60 * 2000);
      expect(writing.written[0]!.ended).toBe(true);
    },
    PATIENCE,
  );
});

async function until(done: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!done()) {
    if (Date.now() > deadline) throw new Error('nothing happened for 20 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A capture of so many minutes, 2,000 packets each: more than is read at a time. */
function minutes(count: number): Uint8Array {
  const each = 2000;
  const packet = 28;
  const out = Buffer.alloc(24 + count * each * (16 + packet));
  out.writeUInt32LE(0xa1b2c3d4, 0);
  out.writeUInt16LE(2, 4);
  out.writeUInt16LE(4, 6);
  out.writeUInt32LE(65_535, 16);
  out.writeUInt32LE(101, 20); // LINKTYPE_RAW
  let at = 24;
  for (let n = 0; n < count * each; n++) {
    out.writeUInt32LE(1_800_000_000 - (1_800_000_000 % 60) + Math.floor((n * 60) / each), at);
    out.writeUInt32LE(packet, at + 8);
    out.writeUInt32LE(packet, at + 12);
    const ip = at + 16;
    out[ip] = 0x45;
    out.writeUInt16BE(packet, ip + 2);
    out[ip + 8] = 64;
    out[ip + 9] = 17;
    out.set([10, 20, 1, 1 + (n % 200)], ip + 12);
    out.set([10, 20, 2, 20], ip + 16);
    out.writeUInt16BE(1024 + (n % 500), ip + 20);
    out.writeUInt16BE(53, ip + 22);
    out.writeUInt16BE(8, ip + 24);
    at += 16 + packet;
  }
  return out;
}

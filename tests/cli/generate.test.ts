import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { EXIT_FAILED, UsageError, UserError } from '../../src/base/errors.ts';
import { generateCommand } from '../../src/cli/generate.ts';
import { readFrame, readPcap, readPcapng, tupleOf } from '../synth/read-capture.ts';

const COMMAND = new URL('../../src/cli/generate.ts', import.meta.url).href;
const SCRIPT = `
import { generateCommand } from ${JSON.stringify(COMMAND)};
try {
  await generateCommand().parseAsync(process.argv.slice(1), { from: 'user' });
} catch (error) {
  process.stderr.write(String(error.message));
  process.exitCode = error.exitCode ?? 70;
}`;
/** Node's arguments that run the command in a process of its own. */
const NODE = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', SCRIPT, '--'];

let folder = '';
let stderr = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-generate-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Runs the command in this process; returns the file it wrote. Standard error is in `stderr`. */
async function generate(name: string, ...flags: string[]): Promise<Buffer> {
  stderr = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
  const path = join(folder, name);
  await generateCommand().parseAsync([...flags, '-o', path], { from: 'user' });
  return readFileSync(path);
}

async function refusal(...flags: string[]): Promise<string> {
  const error: unknown = await generate('refused.pcap', ...flags).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof UsageError) return error.message;
  throw error ?? new Error('accepted');
}

describe('weir generate', () => {
  test('writes what was asked for, and one line about it to standard error', async () => {
    const flags =
      '--packets 3000 --flows 300 --seconds 60 --seed 9 --ipv6 25 --udp 40 --icmp 5 --fragments 4';
    const { packets, snaplen } = readPcap(await generate('a.pcap', ...flags.split(' ')));
    const ips = packets.map((packet) => readFrame(packet.bytes));
    const percent = (wanted: (ip: (typeof ips)[number]) => boolean): number => ips.filter(wanted).length / 30;
    expect(snaplen).toBe(96);
    expect(packets).toHaveLength(3000);
    expect(packets.every(({ seconds }) => seconds >= 1_700_000_400 && seconds < 1_700_000_460)).toBe(true);
    expect(new Set(ips.map(tupleOf).filter((tuple) => tuple !== undefined)).size).toBe(300);
    expect(percent((ip) => ip.version === 6)).toBeCloseTo(25, -0.5);
    expect(percent((ip) => ip.protocol === 17)).toBeCloseTo(40, -0.5);
    expect(percent((ip) => ip.protocol === 1 || ip.protocol === 58)).toBeCloseTo(5, -0.5);
    expect(percent((ip) => ip.fragment)).toBeCloseTo(4, -0.5);
    const bytes = ips.reduce((sum, ip) => sum + ip.ipLength, 0).toLocaleString('en-US');
    expect(stderr).toMatch(/^generated 3,000 packets, [^\n]*\n$/);
    expect(stderr).toContain(`${bytes} IP bytes, 300 flows among 36 hosts in 60 s from 1700000400`);
  });

  test('--start, --snaplen, --hosts, --vlans and --qinq', async () => {
    const flags = '--packets 2000 --flows 1000 --start 1600000000 --snaplen 50 --hosts 40 --vlans 3 --qinq';
    const found = readPcap(await generate('b.pcap', ...flags.split(' ')));
    expect(found.snaplen).toBe(50);
    expect(found.packets[0]!.seconds).toBeLessThan(1_600_000_060);
    const whole = readPcap(await generate('c.pcap', ...flags.replace('50', '100').split(' ')));
    const ips = whole.packets.map((packet) => readFrame(packet.bytes));
    expect(new Set(ips.flatMap((ip) => (ip.version === 4 ? [ip.source, ip.destination] : []))).size).toBe(40);
    expect(new Set(ips.map((ip) => ip.vlans.join('.')))).toEqual(new Set(['1.1', '1.2', '1.3']));
  });

  test('--cidr takes several prefixes of both families', async () => {
    const flags = '--packets 2000 --ipv6 50 --cidr 192.0.2.0/25 198.51.100.0/24 2001:db8:7::/64'.split(' ');
    const ips = readPcap(await generate('d.pcap', ...flags)).packets.map((packet) => readFrame(packet.bytes));
    const networks = new Set(
      ips.map(({ source, version }) => (version === 4 ? source.replace(/\.\d+$/, '') : source.slice(0, 16))),
    );
    expect(networks).toEqual(new Set(['192.0.2', '198.51.100', '20010db800070000']));
  });

  test('the format goes by --format, else by the ending; gzip by its ending', async () => {
    const flags = ['--packets', '500'];
    const pcap = await generate('e.pcap', ...flags);
    const pcapng = await generate('e.pcapng', ...flags);
    expect(readPcap(pcap).packets).toHaveLength(500);
    expect(readPcapng(pcapng).packets).toHaveLength(500);
    expect(gunzipSync(await generate('f.pcap.gz', ...flags))).toEqual(pcap);
    expect(gunzipSync(await generate('f.pcapng.gz', ...flags))).toEqual(pcapng);
    expect(await generate('g.pcap', ...flags, '--format', 'pcapng')).toEqual(pcapng);
    expect(await generate('g.pcapng', ...flags, '--format', 'pcap')).toEqual(pcap);
  });

  test('the same seed gives the same file, another one another', async () => {
    const one = await generate('h.pcap', '--packets', '1000', '--seed', '5');
    expect(await generate('i.pcap', '--packets', '1000', '--seed', '5')).toEqual(one);
    expect(await generate('j.pcap', '--packets', '1000', '--seed', '6')).not.toEqual(one);
  });

  test.each([
    ['--packets abc', '--packets must be a whole number, not "abc"'],
    ['--packets 0x10', '--packets must be a whole number, not "0x10"'],
    ['--packets 1e3', '--packets must be a whole number, not "1e3"'],
    ['--packets -5', '--packets must be a whole number, not "-5"'],
    ['--packets 0', '--packets must be a whole number from 1 to 4000000000, not 0'],
    ['--flows 1.5', '--flows must be a whole number, not "1.5"'],
    ['--packets 10 --flows 11', '--flows 11 need at least as many packets'],
    ['--seconds x', '--seconds must be a whole number'],
    ['--seconds 0', '--seconds must be a whole number from 1 to 86400'],
    ['--seed x', '--seed must be a whole number'],
    ['--ipv6 101', '--ipv6 must be a percentage from 0 to 100, not 101'],
    ['--ipv6 5%', '--ipv6 must be a percentage from 0 to 100, not "5%"'],
    ['--icmp many', '--icmp must be a percentage'],
    ['--udp 1e1', '--udp must be a percentage'],
    ['--udp 90 --icmp 20', '--udp 90 and --icmp 20 are over 100 percent together'],
    ['--fragments 50', '--fragments 50 is over --udp 25 and --icmp 1 together'],
    ['--fragments ,5', '--fragments must be a percentage'],
    ['--vlans 5000', '--vlans must be a whole number from 0 to 4094'],
    ['--vlans x', '--vlans must be a whole number'],
    ['--qinq', '--qinq puts a tag around VLAN tags: give --vlans too'],
    ['--hosts 1', '--hosts must be a whole number from 2'],
    ['--hosts x', '--hosts must be a whole number'],
    ['--cidr 10.0.0.0', '--cidr: "10.0.0.0" has no prefix length'],
    ['--cidr 10.0.0.1/8', '--cidr: "10.0.0.1/8" has host bits set'],
    ['--cidr nonsense', '--cidr: "nonsense" is no prefix'],
    ['--cidr 10.0.0.0/8 10.2.0.0/16', '--cidr 10.2.0.0/16 and 10.0.0.0/8 overlap'],
    ['--cidr 10.0.0.0/29 --hosts 9', '--hosts 9 do not fit: the prefixes have room for 6'],
    ['--start yesterday', '--start must be a whole number'],
    ['--start 4294967295', '--start must be a whole number from 0 to 4294880895'],
    ['--snaplen 0', '--snaplen must be from 1 to 262144, not 0'],
    ['--snaplen 262145', '--snaplen must be from 1 to 262144, not 262145'],
    ['--snaplen x', '--snaplen must be a whole number'],
    ['--format erf', '--format must be pcap or pcapng, not "erf"'],
    [
      '--cidr 10.0.0.0/30 --ipv6 0 --icmp 100 --packets 100 --flows 50',
      '50 different flows do not fit among 2 hosts',
    ],
  ])('refuses %s', async (flags, message) => {
    expect(await refusal(...flags.split(' '))).toContain(message);
  });

  test('what cannot be generated leaves an existing file as it was', async () => {
    const path = join(folder, 'refused.pcap');
    writeFileSync(path, 'precious');
    await refusal(...'--cidr 10.0.0.0/30 --ipv6 0 --icmp 100 --packets 100 --flows 50'.split(' '));
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });

  test('a path that cannot be written is named', async () => {
    mkdirSync(join(folder, 'directory'));
    for (const name of ['directory', 'missing/x.pcap', 'missing/x.pcap.gz']) {
      const error: unknown = await generate(name, '--packets', '10').catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(UserError);
      expect(error).toMatchObject({
        exitCode: EXIT_FAILED,
        message: expect.stringContaining(join(folder, name)),
      });
      expect(stderr).toBe('');
    }
    await expect(generateCommand().parseAsync(['-o', ''], { from: 'user' })).rejects.toThrow(
      /--output is empty/,
    );
  });

  test('a capture is not written to a terminal', async () => {
    const before = Object.getOwnPropertyDescriptor(process.stdout, 'isTTY');
    Object.defineProperty(process.stdout, 'isTTY', { value: true, configurable: true });
    try {
      await expect(generateCommand().parseAsync([], { from: 'user' })).rejects.toThrow(/on a terminal/);
    } finally {
      if (before) Object.defineProperty(process.stdout, 'isTTY', before);
      else Reflect.deleteProperty(process.stdout, 'isTTY');
    }
  });

  test('standard output has the capture and nothing else', async () => {
    const flags = ['--packets', '30000'];
    const run = spawnSync(process.execPath, [...NODE, ...flags], { maxBuffer: 1 << 28 });
    expect(run.status).toBe(0);
    expect(run.stdout.equals(await generate('k.pcap', ...flags))).toBe(true);
    expect(run.stderr.toString()).toBe(stderr);
  });

  test('a reader that goes away ends it with a message, without a stack', async () => {
    const child = spawn(process.execPath, [...NODE, '--packets', '1000000'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (data: Buffer) => {
      said += data.toString();
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const code = await new Promise((resolve) => {
      child.on('close', resolve);
    });
    expect(said).toBe('cannot write the capture to standard output: write EPIPE');
    expect(code).toBe(EXIT_FAILED);
  });
});

/** `weir demo` as people run it: what it shows, how it ends, and that nothing of it stays. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DATABASE_INTERFACE, WEB_INTERFACE } from '../../src/service/demo/world/plan.ts';
import { missingForWorld } from '../../src/service/demo/world/start.ts';
import { eventually, type Machine, machine, missingForDemo, processesWith } from './demo-support.ts';
import { MAIN } from '../program.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const WEIR = join(ROOT, 'weir');
/** How long a demo may take here, where others use the machine too. */
const PATIENCE_MS = 30_000;
const missing = missingForDemo();
const why = missing === undefined ? '' : ` (left out: lacks ${missing})`;

let parent: string;
let before: Machine;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'weir-test-demo-'));
  before = machine(parent);
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

/** The environment of a demo that makes its folder in `parent`, in plain text. */
function environment(): NodeJS.ProcessEnv {
  return { ...process.env, TMPDIR: parent, LC_ALL: 'C', CI: '' };
}

function demo(...flags: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(WEIR, ['demo', ...flags], { encoding: 'utf8', env: environment(), timeout: PATIENCE_MS });
}

/** A demo that runs, and what it has written. */
class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  output = '';
  errors = '';

  constructor(...flags: string[]) {
    this.child = spawn(WEIR, ['demo', ...flags], { env: environment(), timeout: PATIENCE_MS });
    this.child.stdout!.on('data', (text: Buffer) => (this.output += text.toString()));
    this.child.stderr!.on('data', (text: Buffer) => (this.errors += text.toString()));
    this.ended = new Promise((resolve) => this.child.on('close', (code) => resolve(code)));
  }

  has(text: string): Promise<boolean> {
    return eventually(() => this.output.includes(text), PATIENCE_MS / 1000);
  }
}

/** Whether the programs of a demo's network are being captured. */
function talking(): boolean {
  const files = readdirSync(parent).map((name) => join(parent, name, 'wire.pcap'));
  return files.some((file) => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0);
}

function expectedLines(example: string): string[] {
  return readFileSync(join(ROOT, 'examples', example, 'expected.txt'), 'utf8')
    .trim()
    .split('\n');
}

async function expectNothingLeft(): Promise<void> {
  expect(await eventually(() => processesWith(parent).length === 0)).toBe(true);
  expect(machine(parent)).toEqual(before);
}

/** The lines that are no key, no record and no command: what has to fit into 80 columns. */
function proseOf(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => !/^(?:version|2) | {4}\d+_vpcflowlogs| {2,}(?:aws|--|export) ?/.test(line));
}

function section(text: string, number: number): string {
  return text.split(/^--- /m).find((part) => part.startsWith(`${number}. `)) ?? '';
}

describe('with the captures that ship', () => {
  test('shows calls, keys, records, talkers and refusals, and leaves nothing', async () => {
    const run = demo('--shipped');
    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: '' });
    const text = run.stdout;
    expect(section(text, 2)).toMatch(/ec2 +CreateFlowLogs +REJECT to the log group +fl-[0-9a-f]{17}\n/);
    const [all, refused] = [...text.matchAll(/to the (?:bucket|log group) +(fl-[0-9a-f]{17})/g)].map(
      ([, id]) => id,
    );
    // The captures are nine minutes apart. Each object is of the first flow log.
    const keys = [
      ...section(text, 3).matchAll(
        /^ {4}123456789012_vpcflowlogs_eu-central-1_(\S+)_(\S+)_[0-9a-f]{8}\.log\.gz$/gm,
      ),
    ];
    expect(keys.map(([, id, slot]) => [id, slot])).toEqual([
      [all, '20261121T0230Z'],
      [all, '20261121T0240Z'],
    ]);
    expect(refused).not.toBe(all);
    const counts = [...section(text, 3).matchAll(/^ {4}(\d+) records, /gm)].map(([, n]) => Number(n));
    expect(counts).toEqual(['web', 'scan'].map((name) => expectedLines(name).length));
    expect(section(text, 3)).toMatch(/outside +web http +\d+ +[\d,]+ {2}#{22}\n/);
    const refusals = expectedLines('scan').filter((line) => line.includes(' REJECT ')).length;
    const events = [...section(text, 4).matchAll(/-reject {2}(\d+) records?$/gm)].reduce(
      (sum, [, n]) => sum + Number(n),
      0,
    );
    expect(events).toBe(refusals);
    expect(section(text, 4)).toMatch(/outside > web +20 ftp-data, 21 ftp, 23 telnet, /);
    expect(section(text, 5)).toMatch(new RegExp(`delete-flow-logs .*\\n +--flow-log-ids ${refused}\\n`));
    expect(proseOf(text).filter((line) => line.length > 80)).toEqual([]);
    expect(text).toMatch(/^[\n -~]+$/);
    expect(text.split('\n').length).toBeLessThan(120);
    await expectNothingLeft();
  });

  const few = ['/nowhere', '/usr/sbin', '/sbin'].join(delimiter);
  const lacks = missingForWorld(few);

  test.skipIf(lacks === undefined)('where tools are missing, with their names', async () => {
    const env = { ...environment(), PATH: few };
    const run = spawnSync(process.execPath, [MAIN, 'demo'], { encoding: 'utf8', env });
    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: '' });
    expect(run.stdout.replaceAll(/\s+/g, ' ')).toContain(`the demo lacks ${lacks}.)`);
    expect(section(run.stdout, 4)).toContain('outside > web');
    await expectNothingLeft();
  });

  test.skipIf(missing !== undefined)(`where a tool fails, with its words${why}`, async () => {
    const bin = mkdtempSync(join(tmpdir(), 'weir-test-bin-'));
    try {
      writeFileSync(join(bin, 'nft'), '#!/bin/sh\necho "no such table" >&2\nexit 1\n', { mode: 0o755 });
      const env = { ...environment(), PATH: `${bin}${delimiter}${process.env['PATH']}` };
      const run = spawnSync(process.execPath, [MAIN, 'demo'], { encoding: 'utf8', env });
      expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: '' });
      expect(run.stdout.replaceAll(/\s+/g, ' ')).toContain(
        'lacks a network that works (nft: no such table).)',
      );
      expect(section(run.stdout, 4)).toContain('outside > web');
    } finally {
      rmSync(bin, { recursive: true });
    }
    await expectNothingLeft();
  });

  test('a reader who leaves early is no failure', async () => {
    const run = spawnSync('sh', ['-c', `{ '${WEIR}' demo --shipped; echo $? >&2; } | head -3`], {
      encoding: 'utf8',
      env: environment(),
    });
    expect(run.stderr).toBe('0\n');
    await expectNothingLeft();
  });

  test('from an installed package: built files, the examples beside them, no launcher', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-test-package-'));
    try {
      spawnSync(process.execPath, [join(ROOT, 'scripts/build.ts'), join(folder, 'dist')]);
      for (const name of ['package.json', 'examples', 'node_modules'])
        symlinkSync(join(ROOT, name), join(folder, name));
      const main = join(folder, 'dist/cli/main.js');
      const flags = missing === undefined ? [] : ['--shipped'];
      const run = spawnSync(process.execPath, [main, 'demo', ...flags], {
        encoding: 'utf8',
        env: environment(),
      });
      expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: '' });
      expect(run.stdout).toContain('"weir demo --keep"');
      expect(section(run.stdout, 1)).toMatch(
        missing === undefined ? /^1\. Real packets -/ : /^1\. Real packets, recorded earlier -/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
    await expectNothingLeft();
  }, 60_000);
});

describe.skipIf(missing !== undefined)(`with a network of its own${why}`, () => {
  test('programs talk, a firewall refuses, and both are in the records; in 15 s, and nothing stays', async () => {
    const began = performance.now();
    const run = demo();
    const seconds = (performance.now() - began) / 1000;
    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: '' });
    const text = run.stdout;
    expect(section(text, 1)).toContain('scanner 198.51.100.66 --+');
    expect(section(text, 3)).toMatch(/^2 123456789012 eni-0de3\S+ .* (?:ACCEPT|REJECT) OK$/m);
    expect(section(text, 3)).toMatch(/visitor +web http +\d+ +3\d\d,\d{3} {2}#+\n/);
    expect(section(text, 3)).toMatch(/web +db postgres +\d+ +3\d\d,\d{3} {2}#+\n/);
    const streams = [WEB_INTERFACE, DATABASE_INTERFACE].map((id) => `/weir/demo  ${id}-reject  `);
    for (const stream of streams) expect(section(text, 4)).toContain(stream);
    expect(section(text, 4)).toContain(
      '  scanner > web  21 ftp, 22 ssh, 23 telnet, 25 smtp, 443 https, 3306 mysql,\n' +
        '                 3389 rdp, 8080, udp 53 dns, udp 161 snmp\n' +
        '  scanner > db   icmp, 22 ssh, 3306 mysql, 5432 postgres\n' +
        '  db > scanner   443 https\n',
    );
    expect(proseOf(text).filter((line) => line.length > 80)).toEqual([]);
    await expectNothingLeft();
    expect(seconds).toBeLessThan(15);
  });

  test('Ctrl-C in the middle ends it with 130, and removes what was made', async () => {
    const running = new Running();
    expect(await eventually(talking, 10)).toBe(true);
    running.child.kill('SIGINT');
    expect(await running.ended).toBe(130);
    expect(running.errors).toBe('');
    await expectNothingLeft();
  });

  test('killed in the middle, its network ends with it, and the next demo removes the rest', async () => {
    const running = new Running();
    expect(await eventually(talking, 10)).toBe(true);
    running.child.kill('SIGKILL');
    await running.ended;
    expect(await eventually(() => processesWith(parent).length === 0)).toBe(true);
    expect(readdirSync(parent)).toEqual([expect.stringMatching(/^weir-demo-/)]);
    expect(demo('--shipped').status).toBe(0);
    await expectNothingLeft();
  });
});

describe('--keep', () => {
  const hasAws = spawnSync('aws', ['--version']).status === 0;

  test(`stays up until Ctrl-C${hasAws ? ', and the commands that it prints work' : ' (its commands left out: no AWS CLI)'}`, async () => {
    const running = new Running('--shipped', '--keep');
    expect(await running.has('until Ctrl-C')).toBe(true);
    const url = /stays at (http:\/\/127\.0\.0\.1:\d+)/.exec(running.output)![1]!;
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    if (hasAws) expectCommandsToWork(section(running.output, 5));
    expect(running.child.exitCode).toBe(null);
    running.child.kill('SIGINT');
    expect(await running.ended).toBe(0);
    expect(running.errors).toBe('');
    await expect(fetch(url)).rejects.toThrow('fetch failed');
    rmSync(join(parent, 'objects'), { recursive: true, force: true });
    await expectNothingLeft();
  }, 60_000);

  test('ends while it is kept by SIGTERM as well', async () => {
    const running = new Running('--shipped', '--keep');
    expect(await running.has('until Ctrl-C')).toBe(true);
    running.child.kill('SIGTERM');
    expect(await running.ended).toBe(0);
    await expectNothingLeft();
  });
});

/** Runs what a screen tells people to type, as it stands there. */
function expectCommandsToWork(shown: string): void {
  const typed = shown.split('\n').filter((line) => /^ {2}(?:export|aws| {2}--) ?/.test(line));
  expect(typed.filter((line) => line.startsWith('  aws')).length).toBeGreaterThanOrEqual(6);
  const run = spawnSync('bash', ['-ec', typed.join('\n')], {
    encoding: 'utf8',
    cwd: parent,
    env: environment(),
  });
  expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: '' });
  expect(run.stdout).toMatch(
    /AWSLogs\/123456789012\/vpcflowlogs\/eu-central-1\/2026\/11\/21\/\S+_20261121T0240Z_/,
  );
  expect(run.stdout).toMatch(/eni-\S+ ingress 203\.0\.113\.10 10\.20\.2\.2\d \d+ 6 1 REJECT/);
  expect(run.stdout).toMatch(/"DeliverLogsStatus": "SUCCESS"/);
  expect(readdirSync(join(parent, 'objects/AWSLogs/123456789012'))).toEqual(['vpcflowlogs']);
}

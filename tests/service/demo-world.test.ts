/** The demo's network: packets of its programs, verdicts of its firewall, and nothing that stays. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { liveScene } from '../../src/service/demo/scene.ts';
import * as plan from '../../src/service/demo/world/plan.ts';
import { missingForWorld, runWorld, WorldFailure } from '../../src/service/demo/world/start.ts';
import { eventually, machine, missingForDemo, processesWith, recordLines } from './demo-support.ts';

const START = new URL('../../src/service/demo/world/start.ts', import.meta.url);
const missing = missingForDemo();
const why = missing === undefined ? '' : ` (left out: lacks ${missing})`;
const root = process.getuid?.() === 0;

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'weir-test-world-'));
  folder = join(parent, 'demo');
  mkdirSync(folder);
});
afterEach(() => rmSync(parent, { recursive: true }));

/** `PROTOCOL ADDRESS PORT` of the ports that the firewall refuses the scanner. */
function refusedProbes(): string[] {
  return plan.PROBES.filter(({ host, port }) => !(host !== plan.DATABASE.ipv4 && port === plan.WEB_PORT)).map(
    ({ host, port, protocol }) => `${protocol === 'tcp' ? 6 : 17} ${host} ${port}`,
  );
}

/** A process of its own that runs the world in a folder, as another user where one is given. */
function worldProcess(place: string, user?: string): ChildProcess {
  const script = `const { runWorld } = await import(${JSON.stringify(START.href)});
    process.stdout.write(JSON.stringify(await runWorld(${JSON.stringify(place)})));`;
  const node = [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    '--input-type=module',
    '-e',
    script,
  ];
  const [file, ...args] =
    user === undefined ? node : ['setpriv', `--reuid=${user}`, '--clear-groups', ...node];
  return spawn(file!, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

describe.skipIf(missing !== undefined)(`the demo's network${why}`, () => {
  test('its records say who talked and who was refused', async () => {
    const before = machine(parent);
    const report = await runWorld(folder);
    expect(report.visitor.pages).toBe(5);
    expect(report.scanner).toEqual({
      tried: plan.PROBES.length,
      open: plan.PROBES.length - refusedProbes().length,
    });
    expect(report.caller.open).toBe(0);
    const scene = liveScene(folder, report);
    const format =
      '${interface-id} ${flow-direction} ${protocol} ${srcaddr} ${dstaddr} ${dstport} ${packets}';
    const lines = (...more: string[]): string[] =>
      recordLines(scene.replays.flat(), scene.network, '--format', format, ...more).map((line) =>
        line.replace(/ \d+$/, ''),
      );
    const refused = new Set(lines('--traffic-type', 'REJECT'));
    const held = (address: string): string =>
      address === plan.DATABASE.ipv4 ? plan.DATABASE_INTERFACE : plan.WEB_INTERFACE;
    const expected = refusedProbes().map((probe) => {
      const [protocol, address, port] = probe.split(' ') as [string, string, string];
      const scanner = address.includes(':') ? plan.SCANNER.ipv6 : plan.SCANNER.ipv4;
      return `${held(address)} ingress ${protocol} ${scanner} ${address} ${port}`;
    });
    expect(refused).toEqual(
      new Set([
        ...expected,
        `${plan.DATABASE_INTERFACE} ingress 1 ${plan.SCANNER.ipv4} ${plan.DATABASE.ipv4} 0`,
        `${plan.DATABASE_INTERFACE} egress 6 ${plan.DATABASE.ipv4} ${plan.SCANNER.ipv4} 443`,
      ]),
    );
    const accepted = lines('--traffic-type', 'ACCEPT');
    const { VISITOR, WEB, DATABASE, WEB_INTERFACE, DATABASE_INTERFACE } = plan;
    for (const line of [
      `${WEB_INTERFACE} ingress 6 ${VISITOR.ipv4} ${WEB.ipv4} 80`,
      `${WEB_INTERFACE} ingress 6 ${VISITOR.ipv6} ${WEB.ipv6} 80`,
      `${WEB_INTERFACE} ingress 1 ${VISITOR.ipv4} ${WEB.ipv4} 0`,
      `${WEB_INTERFACE} egress 58 ${WEB.ipv6} ${VISITOR.ipv6} 0`,
      `${WEB_INTERFACE} egress 6 ${WEB.ipv4} ${DATABASE.ipv4} 5432`,
      `${DATABASE_INTERFACE} ingress 6 ${WEB.ipv4} ${DATABASE.ipv4} 5432`,
    ]) {
      expect(accepted).toContain(line);
    }
    // Whole pages came back: more than what the visitor read of them, and not twice as much.
    const bytes = recordLines(
      scene.replays.flat(),
      scene.network,
      '--format',
      '${srcaddr} ${dstaddr} ${srcport} ${bytes}',
    )
      .map((line) => line.split(' '))
      .filter(([from, to, port]) => port === '80' && nameOf(from!) === 'web' && nameOf(to!) === 'visitor')
      .reduce((sum, [, , , its]) => sum + Number(its), 0);
    expect(bytes).toBeGreaterThan(report.visitor.bytes);
    expect(bytes).toBeLessThan(report.visitor.bytes * 1.2);
    expect(processesWith(folder)).toEqual([]);
    expect(machine(parent)).toEqual(before);
    expect(readdirSync(join(folder, 'hosts'))).toEqual([]);
  });

  test('ends with the process that started it, also when that is killed', async () => {
    const before = machine(parent);
    const child = worldProcess(folder);
    expect(await eventually(() => captured() > 0, 10)).toBe(true);
    expect(processesWith(folder)).not.toEqual([]);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(await eventually(() => processesWith(folder).length === 0)).toBe(true);
    expect(machine(parent)).toEqual(before);
  });

  test('ends when it is told to, with the reason that it is given', async () => {
    const ending = new AbortController();
    const world = runWorld(folder, ending.signal);
    const outcome = world.catch((error: unknown) => error);
    expect(await eventually(() => captured() > 0, 10)).toBe(true);
    ending.abort(new Error('enough'));
    expect(await outcome).toEqual(new Error('enough'));
    expect(await eventually(() => processesWith(folder).length === 0)).toBe(true);
    await expect(runWorld(folder, ending.signal)).rejects.toThrow('enough');
  });

  test('says what went wrong when it cannot be built', async () => {
    mkdirSync(join(folder, 'hosts'));
    await expect(runWorld(folder)).rejects.toThrow(WorldFailure);
    await expect(runWorld(folder)).rejects.toThrow(/EEXIST.*hosts/);
  });

  test.skipIf(!root)(
    `without root, where user namespaces are permitted${root ? '' : ' (left out: the other tests are without root)'}`,
    async ({ skip }) => {
      const options = ['--reuid=nobody', '--clear-groups', 'unshare', '--user', '--net', 'true'];
      const permitted = spawnSync('setpriv', options).status === 0;
      skip(!permitted, 'this machine permits no user namespaces');
      spawnSync('chown', ['nobody', parent, folder]);
      const child = worldProcess(folder, 'nobody');
      const [[text], [code]] = (await Promise.all([once(child.stdout!, 'data'), once(child, 'close')])) as [
        [Buffer],
        [number],
      ];
      expect(code).toBe(0);
      expect(JSON.parse(text.toString())).toMatchObject({ scanner: { tried: plan.PROBES.length, open: 2 } });
      expect(statSync(join(folder, 'firewall.pcap')).size).toBeGreaterThan(1000);
    },
  );
});

test('what a machine lacks is named with its package', () => {
  expect(missingForWorld('/nowhere')).toMatch(
    /^ip \(iproute2\), nft \(nftables\), tcpdump \(tcpdump\), ping/,
  );
});

function captured(): number {
  return statSync(join(folder, 'wire.pcap'), { throwIfNoEntry: false })?.size ?? 0;
}

function nameOf(address: string): string | undefined {
  return plan.HOSTS.find(({ ipv4, ipv6 }) => ipv4 === address || ipv6 === address)?.name;
}

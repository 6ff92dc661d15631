/**
 * The command against the reference, on captures that nobody would think of: a few addresses and ports in
 * every combination, out of order, in fragments, with gaps, in several files.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseNetwork } from '../../src/network/yaml.ts';
import { referenceLines } from './lines.ts';
import { captureOf, type Made } from './made.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'weir-differential-'));
afterAll(() => rmSync(folder, { recursive: true }));

const NETWORK = `
account: "123456789012"
region: eu-central-1
vpcs:
  - id: vpc-00000001
    cidrs: [10.0.0.0/16]
    subnets:
      - id: subnet-00000001
        cidrs: [10.0.0.0/24]
        interfaces:
          - { id: eni-00000001, primary: 10.0.0.1, secondary: [10.0.0.11], instance: i-00000001 }
          - { id: eni-00000002, primary: 10.0.0.2 }
          - { id: eni-00000003, primary: 10.0.0.3, secondary: [10.0.0.33], kind: router }
          - { id: eni-00000004, primary: 10.0.0.44, instance: i-00000002 }
      - { id: subnet-00000002, cidrs: [10.0.1.0/24], discover: true }
      - { id: subnet-00000003, cidrs: [10.0.1.128/25] }
  - id: vpc-00000002
    cidrs: [10.1.0.0/16]
    awsReserved: true
    subnets:
      - { id: subnet-00000004, cidrs: [10.1.0.0/24], discover: true }
instances: [{ id: i-00000002, nitro: true }]
`;
const ADDRESSES = (
  '10.0.0.1 10.0.0.11 10.0.0.2 10.0.0.3 10.0.0.33 10.0.0.44 10.0.0.9 10.0.1.5 10.0.1.6 10.0.1.255 10.0.1.200 ' +
  '10.1.0.1 10.1.0.2 10.1.0.9 192.0.2.1 192.0.2.2 169.254.169.254'
).split(' ');
const FIELDS = (
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action ' +
  'log-status vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id flow-direction'
).split(' ');

/** Numbers below n, the same for the same seed. */
function randomFrom(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

interface Shape {
  /** Packets come up to this many tenths of a second after their time. */
  readonly jitter?: number;
  readonly gaps?: boolean;
  readonly log?: boolean;
}

function packets(random: (n: number) => number, shape: Shape): Made[] {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const pace = pick([0.01, 0.1, 0.4]);
  let now = 1_700_000_000 + random(300);
  return Array.from({ length: 200 + random(3000) }, () => {
    now += (pace * random(100)) / 50;
    if (shape.gaps && random(800) === 0) now += random(2500);
    const protocol = pick([6, 6, 6, 17, 1, 1]);
    const from = pick(ADDRESSES);
    const to = pick(ADDRESSES);
    const ports =
      protocol === 1 ? ([pick([0, 3, 8]), random(2)] as const) : ([pick(PORTS), pick(PORTS)] as const);
    const made: Made = {
      at: now - (shape.jitter ? random(shape.jitter) / 10 : 0),
      from,
      to,
      protocol,
      ports,
      flags: pick([2, 18, 16, 17, 4, 24]),
      length: 40 + random(1400),
    };
    if (shape.log) return { ...made, prefix: random(3) === 0 ? verdictOf(made) : '' };
    if (random(10) > 0) return made;
    return { ...made, fragment: { id: random(4), offset: pick([0, 0, 1480, 2960]), more: random(2) === 0 } };
  });
}
const PORTS = [1000, 80, 53, 67, 68];

/** What a firewall thinks of a connection: always the same, for both directions. */
function verdictOf({ from, to, ports, protocol }: Made): string {
  const ends = protocol === 1 ? [from, to] : [`${from} ${ports![0]}`, `${to} ${ports![1]}`];
  const name = ends.sort().join(' ');
  const sum = Array.from(name, (letter) => letter.charCodeAt(0)).reduce((a, b) => a + b, 0);
  return ['ACCEPT ', 'REJECT ', ''][sum % 3]!;
}

describe.skipIf(!existsSync(join(ROOT, 'src/cli/record.ts')))(
  'the command writes what the reference does',
  () => {
    test.each<[string, number, 60 | 600, number, Shape]>([
      ['in order', 1, 60, 1, {}],
      ['in order, 600 s', 2, 600, 1, {}],
      ['out of order within the grace', 3, 60, 1, { jitter: 19 }],
      ['out of order, 600 s', 4, 600, 1, { jitter: 19 }],
      ['with gaps', 5, 60, 1, { gaps: true }],
      ['two files', 6, 60, 2, { jitter: 5 }],
      ['three files, 600 s', 7, 600, 3, {}],
      ['a firewall log', 8, 60, 1, { log: true }],
      ['a firewall log, 600 s', 9, 600, 1, { log: true, jitter: 10 }],
    ])('%s', (_name, seed, interval, count, shape) => {
      const random = randomFrom(seed * 7919);
      const paths = Array.from({ length: count }, (_, i) => {
        const path = join(folder, `${seed}-${i}.pcap`);
        writeFileSync(path, captureOf(packets(random, shape)));
        return path;
      });
      const file = join(folder, 'network.yaml');
      writeFileSync(file, NETWORK);
      const network = parseNetwork(NETWORK, file, { account: '123456789012', region: 'eu-central-1' });
      const format = FIELDS.map((field) => `\${${field}}`).join(' ');
      const options = ['--network', file, '--interval', String(interval), '--format', format, '--no-header'];
      const run = spawnSync(join(ROOT, 'weir'), ['record', ...paths, ...options], {
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      });
      expect({ status: run.status, stderr: run.status === 0 ? '' : run.stderr }).toEqual({
        status: 0,
        stderr: '',
      });
      const reference = referenceLines(paths, { network, interval, fields: FIELDS });
      expect(run.stdout.split('\n').slice(0, -1).sort()).toEqual(reference.lines);
      expect(reference.lines.length).toBeGreaterThan(50);
      const { outcomes } = reference.flows;
      expect(outcomes.recorded.packets).toBeGreaterThan(100);
      expect(outcomes.excluded.packets).toBeGreaterThan(5);
      expect(outcomes.unattributed.packets).toBeGreaterThan(5);
    });
  },
);

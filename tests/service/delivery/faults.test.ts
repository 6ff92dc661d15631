/** Faults under the destinations: who is told, who goes on, and that everything is there once they are repaired. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeFlowLogsCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWeir, type StatusAnswer, type Weir } from '../../../src/index.ts';
import { fill, missingForMounts, mountOver } from './disks.ts';
import { Running } from './running.ts';
import {
  clientsOf,
  eventsOf,
  generate,
  NETWORK,
  objectPaths,
  objectTree,
  subscribe,
  WISHES,
} from './world.ts';

const NOBODY = 65_534;
const OWNER = { account: '123456789012', region: 'eu-central-1' };
const GROUPS = WISHES.filter((it) => it.to === 'logs').map((it) => it.name);

let root: string;
let ids: Map<string, string[]>;
let capture: string;
let network: string;
let expected: Outcome;

interface Outcome {
  readonly tree: ReadonlyMap<string, string>;
  readonly events: readonly (readonly string[])[];
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'weir-faults-'));
  chmodSync(root, 0o755);
  network = join(root, 'network.json');
  capture = join(root, 'traffic.pcap');
  writeFileSync(network, JSON.stringify(NETWORK));
  writeFileSync(join(root, 'weir.yaml'), 'network: ./network.json\n');
  generate(capture, {
    packets: 30_000,
    flows: 4_000,
    seconds: 1200,
    seed: 5,
    hosts: 200,
    start: 1_795_229_000,
  });
  const template = join(root, 'template');
  mkdirSync(template, { mode: 0o700 });
  const weir = await startWeir({ directory: template, network });
  ids = await subscribe(weir, WISHES);
  await weir.close();
  const undisturbed = copyOf('undisturbed');
  const other = await startWeir({ directory: undisturbed, network });
  await other.replay(capture);
  await other.close();
  expected = await outcomeOf(undisturbed);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A data directory with the flow logs, and no records. */
function copyOf(name: string): string {
  const directory = join(root, name);
  cpSync(join(root, 'template'), directory, { recursive: true });
  return directory;
}

async function outcomeOf(directory: string): Promise<Outcome> {
  const events = await Promise.all(GROUPS.map((name) => eventsOf(directory, OWNER, name)));
  return { tree: objectTree(directory), events: events.map((lines) => lines.toSorted()) };
}

type Told = Map<string, readonly [status: string | undefined, message: string | undefined]>;

async function describeFlowLogs(weir: Weir): Promise<Told> {
  const { ec2 } = clientsOf(weir);
  const { FlowLogs = [] } = await ec2.send(new DescribeFlowLogsCommand({}));
  ec2.destroy();
  return new Map(
    FlowLogs.map((it) => [it.FlowLogId!, [it.DeliverLogsStatus, it.DeliverLogsErrorMessage] as const]),
  );
}

/** Asks until it is so. */
async function until<T>(ask: () => T | Promise<T>, is: (answer: T) => boolean, ms = 20_000): Promise<T> {
  for (const end = Date.now() + ms; ;) {
    const answer = await ask();
    if (is(answer) || Date.now() > end) return answer;
    await sleep(50);
  }
}

const of = (to: 's3' | 'logs'): string[] =>
  WISHES.filter((it) => it.to === to).flatMap((it) => ids.get(it.name)!);

/** S1.2, of every flow log, in rows, packets and bytes. */
function checkIdentity(status: StatusAnswer): void {
  for (const { flowLog, amounts } of status.flowLogs) {
    for (const what of ['rows', 'packets', 'bytes'] as const) {
      const { selected, delivered, spooled, givenUp } = amounts!;
      expect(delivered[what] + spooled[what] + givenUp[what], `${flowLog} ${what}`).toBe(selected[what]);
    }
  }
}

/** A replay while buckets cannot be written: `broken` is what operators must read. */
async function replayThrough(weir: Weir, directory: string, message: string, broken: RegExp): Promise<void> {
  await weir.replay(capture);
  // The first attempt may end otherwise than those that follow: a bucket that is known still, a PUT half done.
  const isOver = (told: Told): boolean => of('s3').every((id) => told.get(id)?.[1] === message);
  const told = await until(() => describeFlowLogs(weir), isOver);
  for (const id of of('s3')) expect(told.get(id)).toEqual(['FAILED', message]);
  for (const id of of('logs')) expect(told.get(id)).toEqual(['SUCCESS', undefined]);
  // The others have everything.
  const events = await Promise.all(GROUPS.map((name) => eventsOf(directory, OWNER, name)));
  expect(events.map((lines) => lines.toSorted())).toEqual(expected.events);
  const isCounted = ({ flowLogs }: StatusAnswer): boolean =>
    flowLogs.some(({ state, amounts }) => state === 'failing' && (amounts?.spooled.rows ?? 0) > 0) &&
    flowLogs.every(({ state, amounts }) => state === 'failing' || amounts?.spooled.rows === 0);
  const status = await until(() => weir.status(), isCounted);
  checkIdentity(status);
  const failing = status.flowLogs.filter((it) => it.state === 'failing');
  expect(failing.map((it) => it.flowLog).toSorted()).toEqual(of('s3').toSorted());
  for (const { reason } of failing) expect(reason).toMatch(broken);
  expect(failing.some(({ amounts }) => amounts!.spooled.rows > 0)).toBe(true);
}

/** Without being asked, delivery completes: what is there then. */
async function completes(weir: Weir, directory: string): Promise<Outcome> {
  const told = await until(
    () => describeFlowLogs(weir),
    (answer) => [...answer.values()].every(([status]) => status === 'SUCCESS'),
  );
  expect([...told.values()].map(([status]) => status)).toEqual(WISHES.map(() => 'SUCCESS'));
  const status = await until(
    () => weir.status(),
    (it) => it.flowLogs.every(({ amounts }) => amounts?.spooled.rows === 0),
  );
  checkIdentity(status);
  expect(status.flowLogs.map(({ amounts }) => [amounts!.spooled.rows, amounts!.givenUp.rows])).toEqual(
    WISHES.map(() => [0, 0]),
  );
  return outcomeOf(directory);
}

test('the bucket is gone, and comes back', async () => {
  const directory = copyOf('gone');
  const weir = await startWeir({ directory, network });
  try {
    const bucket = join(directory, 's3/records');
    renameSync(bucket, join(directory, 'aside'));
    await replayThrough(weir, directory, 'Access error', /bucket records does not exist/);
    renameSync(join(directory, 'aside'), bucket);
    expect(await completes(weir, directory)).toEqual(expected);
  } finally {
    await weir.close();
  }
});

test('the whole destination is gone, and comes back', async () => {
  const directory = copyOf('all-gone');
  const weir = await startWeir({ directory, network });
  try {
    renameSync(join(directory, 's3'), join(directory, 'aside'));
    await replayThrough(weir, directory, 'Access error', /bucket records does not exist/);
    rmSync(join(directory, 's3'), { recursive: true, force: true });
    renameSync(join(directory, 'aside'), join(directory, 's3'));
    expect(await completes(weir, directory)).toEqual(expected);
  } finally {
    await weir.close();
  }
});

const lack = missingForMounts();
describe.skipIf(lack !== undefined)(
  `as root, with mounts${lack === undefined ? '' : ` (lacks ${lack})`}`,
  () => {
    /** A data directory of which one folder is a file system of its own. */
    async function onTmpfs(
      name: string,
      folder: string,
      size: string,
      act: (directory: string, place: string) => Promise<void>,
    ): Promise<void> {
      const directory = copyOf(name);
      const place = join(directory, folder);
      const unmount = mountOver(place, size);
      try {
        await act(directory, place);
      } finally {
        unmount();
      }
    }

    test('the disk of the buckets is full', async () => {
      await onTmpfs('full', 's3', '16m', async (directory, place) => {
        const weir = await startWeir({ directory, network });
        try {
          const filler = fill(place, 64 << 10);
          await replayThrough(weir, directory, 'Unknown error', /ENOSPC/);
          // What is there is whole.
          for (const [path, digest] of objectTree(directory)) expect(expected.tree.get(path)).toBe(digest);
          rmSync(filler);
          expect(await completes(weir, directory)).toEqual(expected);
        } finally {
          await weir.close();
        }
      });
    });

    test('the disk of the buckets is read-only', async () => {
      await onTmpfs('read-only', 's3', '16m', async (directory, place) => {
        const weir = await startWeir({ directory, network });
        try {
          execFileSync('mount', ['-o', 'remount,ro', place]);
          await replayThrough(weir, directory, 'Access error', /EROFS/);
          expect(objectPaths(directory)).toEqual([]);
          execFileSync('mount', ['-o', 'remount,rw', place]);
          expect(await completes(weir, directory)).toEqual(expected);
        } finally {
          await weir.close();
        }
      });
    });

    test('the disk of the spool is full: recording waits, and nothing is lost', async () => {
      await onTmpfs('spool-full', 'spool', '16m', async (directory, place) => {
        const weir = await startWeir({ directory, network });
        try {
          const filler = fill(place, 256 << 10);
          let done = false;
          const replay = weir.replay(capture).then(() => (done = true));
          await sleep(2_000);
          expect(done).toBe(false);
          rmSync(filler);
          await replay;
          expect(await completes(weir, directory)).toEqual(expected);
        } finally {
          await weir.close();
        }
      });
    });

    test('another user may not write into the bucket', async () => {
      const directory = copyOf('denied');
      execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, directory]);
      const bucket = join(directory, 's3/records');
      chownSync(bucket, 0, 0);
      chmodSync(bucket, 0o555);
      const args = ['replay', capture, '--data', directory, '--config', join(root, 'weir.yaml')];
      const denied = await new Running(args, { uid: NOBODY, gid: NOBODY }).ended();
      expect(denied.stderr).toMatch(/fl-[0-9a-f]{17} to arn:aws:s3:::records\/s3-60\/ waits: EACCES/);
      expect(objectPaths(directory)).toEqual([]);
      const events = await Promise.all(GROUPS.map((name) => eventsOf(directory, OWNER, name)));
      expect(events.map((lines) => lines.toSorted())).toEqual(expected.events);
      chownSync(bucket, NOBODY, NOBODY);
      chmodSync(bucket, 0o700);
      // A service that comes back delivers what waits, without the capture.
      const weir = await startWeir({ directory, network });
      try {
        await until(
          () => objectTree(directory).size,
          (size) => size === expected.tree.size,
        );
      } finally {
        await weir.close();
      }
      expect(await outcomeOf(directory)).toEqual(expected);
    });
  },
);

test('a slow disk under the buckets: log groups do not wait for it, and everything is there in the end', async () => {
  const directory = copyOf('slow');
  const preload = new URL('slow-disk.mjs', import.meta.url).href;
  const args = ['replay', capture, '--data', directory, '--config', join(root, 'weir.yaml')];
  const environment = {
    ...process.env,
    NODE_OPTIONS: `--import=${preload}`,
    WEIR_SLOW_BELOW: join(directory, 's3'),
  };
  const replay = new Running(args, { env: environment });
  const complete = async (): Promise<boolean> => {
    const events = await Promise.all(GROUPS.map((name) => eventsOf(directory, OWNER, name)));
    return events.every((lines, k) => lines.length === expected.events[k]!.length);
  };
  await until(complete, (is) => is || replay.over);
  const early = objectPaths(directory).length;
  const { code, stderr } = await replay.ended();
  expect(stderr).not.toContain('waits:');
  expect(code).toBe(0);
  expect(await outcomeOf(directory)).toEqual(expected);
  expect(early).toBeLessThan(objectPaths(directory).length);
});

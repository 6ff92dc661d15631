import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../api/protocol/random-values.ts';
import type { Asked } from './fault-proxy.ts';
import { prepareRemote, type Remote, type RemoteOutcome, type RemoteTemplate } from './remote-world.ts';
import { Running } from './running.ts';
import { generate } from './world.ts';

/**
 * kill -9 of `weir replay` whose destinations are other programs, at random points: anywhere in the run; when some upload
 * has come half way; when an object is there and its answer is not. Run again to its end, it leaves the buckets of an
 * undisturbed run, name for name and byte for byte, in text and Parquet of every layout, and every log event and stream
 * record at least once.
 */

export interface RemoteKillReport {
  readonly points: number;
  /** Kills that hit a running process, and those of them that hit it with some objects there but not all. */
  readonly kills: number;
  readonly whilePublishing: number;
  /** Uploads that were under way, or done and not answered, when the process was killed. */
  readonly inUpload: number;
  readonly objects: number;
  readonly lines: number;
}

const CAPTURE_SECONDS = 900;
const START = Math.floor(Date.now() / 1000 / 600) * 600 - 4 * 3600;

interface World {
  readonly template: RemoteTemplate;
  readonly capture: string;
  readonly expected: RemoteOutcome;
  readonly milliseconds: number;
}

/** @throws RangeError that names the seed and the point where the outcome differs */
export async function killRemoteReplays({
  count,
  seed,
}: {
  readonly count: number;
  readonly seed: number;
}): Promise<RemoteKillReport> {
  const random = seededRandom(seed);
  const root = mkdtempSync(join(tmpdir(), 'weir-remote-kill-'));
  try {
    const world = await prepare(root);
    const total = world.expected.objects.size;
    const report = { points: 0, kills: 0, whilePublishing: 0, inUpload: 0 };
    while (report.points < count) {
      const name = `point-${report.points++}`;
      const directory = world.template.copy(name);
      const remote = await world.template.remote(name);
      try {
        const how = HOWS[Math.floor(random() * HOWS.length)]!;
        const replay = start(world, directory, remote);
        const killed = await kill(replay, remote, how, { random, total, milliseconds: world.milliseconds });
        const there = remote.objects().size;
        if (killed) {
          report.kills++;
          if (there > 0 && there < total) report.whilePublishing++;
          if (how !== 'at a time') report.inUpload++;
        }
        remote.proxies.s3.repair();
        const told = `seed ${seed}, point ${report.points} (killed ${how} with ${there} of ${total} objects)`;
        const said = await finish(world, directory, remote, told);
        compare(await remote.outcome(), world.expected, `${told}, run again: ${said}`);
      } finally {
        await remote.close();
        rmSync(directory, { recursive: true });
        rmSync(remote.directory, { recursive: true });
      }
    }
    const lines = [...world.expected.lines.values()].reduce((sum, it) => sum + it.length, 0);
    return { ...report, objects: total, lines };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const HOWS = ['at a time', 'in an upload', 'before an answer'] as const;
type How = (typeof HOWS)[number];

async function prepare(root: string): Promise<World> {
  const template = await prepareRemote(root);
  const capture = join(root, 'traffic.pcap');
  generate(capture, {
    packets: 20_000,
    flows: 800,
    seconds: CAPTURE_SECONDS,
    seed: 7,
    // Each is a log stream, and a request for each window.
    hosts: 12,
    start: START,
  });
  const directory = template.copy('undisturbed');
  const remote = await template.remote('undisturbed');
  const began = performance.now();
  const world = { template, capture };
  await finish(world, directory, remote, 'undisturbed');
  const milliseconds = performance.now() - began;
  const expected = await remote.outcome();
  await remote.close();
  for (const [name, lines] of expected.lines) {
    if (lines.length === 0) throw new RangeError(`${name} has no lines`);
  }
  return { ...world, expected, milliseconds };
}

function start({ capture }: Pick<World, 'capture'>, directory: string, remote: Remote): Running {
  return new Running(['replay', capture, '--data', directory, '--config', remote.configPath]);
}

/** Runs it to its end; what it said. */
async function finish(
  world: Pick<World, 'capture'>,
  directory: string,
  remote: Remote,
  told: string,
): Promise<string> {
  const { code, stderr } = await start(world, directory, remote).ended();
  if (code !== 0) throw new RangeError(`${told}: weir replay ended with ${code}: ${stderr}`);
  return stderr.trim();
}

/** Kills it by its own means; whether it was still running. */
async function kill(
  replay: Running,
  remote: Remote,
  how: How,
  { random, total, milliseconds }: { random: () => number; total: number; milliseconds: number },
): Promise<boolean> {
  if (how === 'at a time') {
    await sleep(random() * milliseconds);
    return replay.kill();
  }
  // The nth object: its upload is cut, or its answer lost, and at that moment the process is killed.
  const nth = Math.floor(random() * total);
  let number = 0;
  const hit = new Promise<void>((resolve) => {
    remote.proxies.s3.failing(({ method, target }: Asked) => {
      if (method !== 'PUT' || !target.includes('AWSLogs') || number++ !== nth) return undefined;
      resolve();
      return how === 'in an upload' ? { do: 'cut' } : { do: 'lose' };
    });
  });
  await Promise.race([hit, replay.ended()]);
  // What the destination has of it reaches its disk or not.
  await sleep(random() * 20);
  return replay.kill();
}

function compare(outcome: RemoteOutcome, expected: RemoteOutcome, told: string): void {
  const { objects, lines } = outcome;
  const faults = [
    ...[...objects.keys()].filter((path) => !expected.objects.has(path)).map((path) => `${path} is too much`),
    ...[...expected.objects].flatMap(([path, digest]) => {
      if (!objects.has(path)) return `${path} is missing`;
      return objects.get(path) === digest ? [] : `${path} has other bytes`;
    }),
    ...[...expected.lines].flatMap(([name, wanted]) => {
      const found = new Set(lines.get(name));
      const known = new Set(wanted);
      const missing = wanted.filter((line) => !found.has(line));
      const strange = [...found].filter((line) => !known.has(line));
      if (missing.length + strange.length === 0) return [];
      return `${name}: ${missing.length} lines are missing, ${strange.length} are not of it: ${missing[0] ?? strange[0]}`;
    }),
  ];
  if (faults.length > 0) throw new RangeError(`${told}: ${faults.join('; ')}`);
}

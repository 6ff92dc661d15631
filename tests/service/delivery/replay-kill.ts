import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startWeir } from '../../../src/index.ts';
import { seededRandom } from '../../api/protocol/random-values.ts';
import { Running } from './running.ts';
import { eventsOf, generate, NETWORK, objectPaths, objectTree, ROOT, subscribe, WISHES } from './world.ts';

/**
 * kill -9 of `weir replay` at random points: anywhere in the run, and after some number of objects is there. Run again
 * to its end, it leaves the bucket of an undisturbed run, name for name and byte for byte, and every log event once.
 */

export interface ReplayKillReport {
  readonly points: number;
  /** Kills that hit a running process, and those of them that hit it with some objects published but not all. */
  readonly kills: number;
  readonly whilePublishing: number;
  readonly objects: number;
  readonly events: number;
}

interface Expected {
  readonly tree: ReadonlyMap<string, string>;
  readonly objects: number;
  readonly events: readonly (readonly string[])[];
  readonly milliseconds: number;
}

/** @throws RangeError that names the seed and the point where the outcome differs */
export async function killReplays({
  count,
  seed,
}: {
  count: number;
  seed: number;
}): Promise<ReplayKillReport> {
  const random = seededRandom(seed);
  const root = mkdtempSync(join(tmpdir(), 'weir-replay-kill-'));
  try {
    const world = await prepare(root);
    const report = { points: 0, kills: 0, whilePublishing: 0 };
    const total = world.expected.objects;
    for (; report.points < count; report.points++) {
      const directory = join(root, `point-${report.points}`);
      cpSync(world.template, directory, { recursive: true });
      const kills = random() < 0.3 ? 2 : 1;
      const told: string[] = [];
      for (let k = 0; k < kills; k++) {
        const aimed = report.points % 3 === 2;
        const replay = world.replay(directory);
        const dead = aimed
          ? await killAtObjects(replay, directory, Math.floor(random() * total))
          : await killAfter(replay, random() * world.expected.milliseconds);
        const there = objectPaths(directory).length;
        if (dead) report.kills++;
        if (dead && there > 0 && there < total) report.whilePublishing++;
        told.push(`${dead ? 'killed' : 'ended'} with ${there} of ${total} objects`);
      }
      await world.run(directory);
      const where = `seed ${seed}, point ${report.points} (${told.join(', ')})`;
      await compare(directory, world.expected, where);
      rmSync(directory, { recursive: true });
    }
    return { ...report, objects: total, events: world.expected.events.flat().length };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

interface World {
  readonly template: string;
  readonly expected: Expected;
  replay(directory: string): Running;
  run(directory: string): Promise<void>;
}

/** A data directory with flow logs and no records, and what becomes of a copy of it in an undisturbed run. */
async function prepare(root: string): Promise<World> {
  const network = join(root, 'network.json');
  const config = join(root, 'weir.yaml');
  writeFileSync(network, JSON.stringify(NETWORK));
  writeFileSync(config, 'network: ./network.json\n');
  const captures = [join(ROOT, 'examples/scan/scan.pcap'), join(root, 'later.pcap')];
  const traffic = { packets: 60_000, flows: 3_000, seconds: 1500, seed: 7, hosts: 200 };
  generate(captures[1]!, { ...traffic, start: 1_795_229_000 });
  const template = join(root, 'template');
  mkdirSync(template, { mode: 0o700 });
  const weir = await startWeir({ directory: template, network });
  await subscribe(weir, WISHES);
  await weir.close();
  const replay = (directory: string): Running =>
    new Running(['replay', ...captures, '--data', directory, '--config', config]);
  const run = async (directory: string): Promise<void> => {
    const { code, stderr } = await replay(directory).ended();
    if (code !== 0) throw new RangeError(`weir replay ended with ${code}: ${stderr}`);
  };
  const directory = join(root, 'undisturbed');
  cpSync(template, directory, { recursive: true });
  const began = performance.now();
  await run(directory);
  const milliseconds = performance.now() - began;
  const expected = { ...(await outcome(directory)), milliseconds };
  if (expected.events.some((events) => events.length === 0))
    throw new RangeError('a log group has no events');
  return { template, expected, replay, run };
}

async function killAfter(replay: Running, milliseconds: number): Promise<boolean> {
  await sleep(milliseconds);
  return replay.kill();
}

async function killAtObjects(replay: Running, directory: string, objects: number): Promise<boolean> {
  while (!replay.over && objectPaths(directory).length <= objects) await sleep(0);
  return replay.kill();
}

async function outcome(directory: string): Promise<Omit<Expected, 'milliseconds'>> {
  const owner = { account: '123456789012', region: 'eu-central-1' };
  const groups = WISHES.filter((it) => it.to === 'logs').map((it) => it.name);
  const events = await Promise.all(groups.map((name) => eventsOf(directory, owner, name)));
  return {
    tree: objectTree(directory),
    objects: objectPaths(directory).length,
    events: events.map((lines) => lines.toSorted()),
  };
}

async function compare(directory: string, expected: Expected, where: string): Promise<void> {
  const { tree, events } = await outcome(directory);
  const faults = [
    ...[...tree.keys()].filter((path) => !expected.tree.has(path)).map((path) => `${path} is too much`),
    ...[...expected.tree].flatMap(([path, digest]) => {
      if (!tree.has(path)) return `${path} is missing`;
      return tree.get(path) === digest ? [] : `${path} has other bytes`;
    }),
  ];
  events.forEach((lines, k) => {
    const wanted = expected.events[k]!;
    const first = lines.findIndex((line, i) => line !== wanted[i]);
    if (first >= 0 || lines.length !== wanted.length) {
      faults.push(
        `log group ${k} has ${lines.length} events, not ${wanted.length}; first other: ${lines[first]}`,
      );
    }
  });
  const leftovers = readdirSync(join(directory, 's3/.weir/tmp'));
  if (leftovers.length > 0) faults.push(`temporary files are left: ${leftovers.join(' ')}`);
  if (faults.length > 0) throw new RangeError(`${where}: ${faults.join('; ')}`);
}

/** One run of a contender: it receives a flood of flow records for some time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createSocket } from 'node:dgram';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Contender, weirArguments } from './contenders.ts';
import { ProcessTree } from './process-tree.ts';

/** Sender and receiver share them. */
const CORES = '0,1';
/** What is in buffers when the sender has ended is read in this time, in milliseconds. */
const DRAIN = 2000;
const START_LIMIT = 30_000;

export interface Flood {
  readonly flows: number;
  /** NetFlow 5 or 9, or 10 for IPFIX. */
  readonly version: number;
  /** Records a second, and for how many seconds. */
  readonly rate: number;
  readonly seconds: number;
  readonly receiveBuffer: number;
  /** Where files go: memory. */
  readonly directory: string;
}

export interface Outcome {
  readonly sent: number;
  /** Records a second, as sent. */
  readonly rate: number;
  /** Records, or where the contender does not count them, packets that records counted. */
  readonly lost: number;
  readonly cpuSeconds: number;
  readonly senderSeconds: number;
  readonly peakMb: number;
}

interface Sent {
  readonly seconds: number;
  readonly sent: { readonly records: number; readonly flowPackets: number };
}

/** Starts the contender, then the sender; ends both, and counts. */
export async function receiveFlood(contender: Contender, flood: Flood): Promise<Outcome> {
  const folder = mkdtempSync(join(flood.directory, 'run-'));
  const setting = { port: await freePort(), folder, receiveBuffer: flood.receiveBuffer };
  const receiver = startPinned(contender.argv(setting));
  let said = '';
  for (const stream of [receiver.stdout!, receiver.stderr!])
    stream.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const ended = once(receiver, 'close');
  const tree = new ProcessTree(receiver.pid!);
  try {
    await listens(contender, () => said, receiver);
    const sender = startPinned(senderOf(setting.port, flood));
    const senderTree = new ProcessTree(sender.pid!);
    let text = '';
    sender.stdout!.on('data', (bytes: Buffer) => (text += bytes.toString()));
    sender.stderr!.resume();
    await once(sender, 'close');
    senderTree.stop();
    const { sent, seconds } = JSON.parse(text.trim()) as Sent;
    await sleep(DRAIN);
    // To the first process: the others end with it.
    receiver.kill('SIGINT');
    await ended;
    while (tree.pids().length > 0) await sleep(50);
    const received = contender.received(setting, said);
    const { records = sent.records, packets = sent.flowPackets } = received;
    return {
      sent: sent.records,
      rate: sent.records / seconds,
      lost: Math.max(sent.records - records, sent.flowPackets - packets),
      cpuSeconds: tree.cpuSeconds,
      senderSeconds: senderTree.cpuSeconds,
      peakMb: tree.peakMb,
    };
  } finally {
    tree.stop();
    receiver.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

function senderOf(port: number, { flows, version, rate, seconds }: Flood): string[] {
  const kind = version === 10 ? ['--ipfix'] : ['--netflow-version', `${version}`, '--netflow'];
  return weirArguments('generate', '--flood', ...kind, `127.0.0.1:${port}`, '--flows', `${flows}`)
    .concat('--rate', `${Math.round(rate)}`, '--duration', `${seconds}`, '--summary', 'json')
    .concat(version === 5 ? ['--ipv6', '0'] : []);
}

function startPinned(argv: readonly string[]): ChildProcess {
  return spawn('taskset', ['-c', CORES, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function listens(contender: Contender, said: () => string, child: ChildProcess): Promise<void> {
  for (const deadline = Date.now() + START_LIMIT; !contender.ready.test(said());) {
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error(`${contender.name} does not listen: ${said()}`);
    await sleep(50);
  }
  // Said, and then done: caches are allocated, threads started.
  await sleep(1000);
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

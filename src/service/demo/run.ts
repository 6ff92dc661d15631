/** The demo from start to end: its network, its service, what a client does there, and the screens. */
import type { ReplaySummary } from '../serve/control.ts';
import { removeFolder, removeLeftovers, makeFolder } from './folder.ts';
import { DemoClient, type Form } from './calls.ts';
import { showCommands } from './commands.ts';
import { liveScene, type Scene, shippedScene } from './scene.ts';
import { Screen, type ScreenOptions } from './screen.ts';
import { type DemoService, startDemoService } from './service.ts';
import {
  type CallRow,
  showAccount,
  showBucket,
  showCalls,
  showIntroduction,
  showLogGroup,
  showScene,
} from './show.ts';
import { missingForWorld, runWorld, WorldFailure } from './world/start.ts';

export interface DemoOptions {
  /** Leave the service up until `signal`. */
  readonly keep: boolean;
  /** The captures that ship with Weir, also where the demo could have a network of its own. */
  readonly shipped: boolean;
  readonly screen: ScreenOptions;
  readonly write: (text: string) => void;
  /** Ends the demo early: everything is removed, then runDemo rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

const BUCKET = 'weir-demo';
const GROUP = '/weir/demo';
/** Fields of the flow log of refusals, in the order of the line. */
const FIELDS = [
  'interface-id',
  'flow-direction',
  'srcaddr',
  'dstaddr',
  'dstport',
  'protocol',
  'packets',
  'action',
];

/** Runs the demo. Whatever it makes is removed before it settles, and when the process exits before. */
export async function runDemo(options: DemoOptions): Promise<void> {
  removeLeftovers();
  const folder = makeFolder();
  const remove = (): void => removeFolder(folder);
  process.on('exit', remove);
  let service: DemoService | undefined;
  try {
    show(options, showIntroduction);
    const { scene, instead } = await findScene(folder, options);
    show(options, (screen) => showScene(screen, scene, instead));
    options.signal.throwIfAborted();
    service = await startDemoService(folder, scene.network);
    await deliver(service, scene, options);
    if (options.keep) await aborted(options.signal);
  } finally {
    await service?.close();
    remove();
    process.off('exit', remove);
  }
}

/** A network of its own where this machine allows it, else the captures that ship with Weir, and why. */
async function findScene(
  folder: string,
  { shipped, signal }: DemoOptions,
): Promise<{ scene: Scene; instead: string | undefined }> {
  if (shipped) return { scene: shippedScene(), instead: undefined };
  const missing = missingForWorld();
  if (missing !== undefined) return { scene: shippedScene(), instead: missing };
  try {
    return { scene: liveScene(folder, await runWorld(folder, signal)), instead: undefined };
  } catch (error) {
    if (!(error instanceof WorldFailure)) throw error;
    return { scene: shippedScene(), instead: `a network that works (${error.message})` };
  }
}

/** What a client does: makes everything, and reads what came. */
async function deliver(service: DemoService, scene: Scene, options: DemoOptions): Promise<void> {
  const { signal } = options;
  const client = new DemoClient(service.exchange);
  const everything: Form = {
    ResourceType: 'VPC',
    'ResourceId.1': scene.vpcId,
    TrafficType: 'ALL',
    MaxAggregationInterval: '60',
    LogDestinationType: 's3',
    LogDestination: `arn:aws:s3:::${BUCKET}`,
  };
  const refused: Form = {
    ResourceType: 'VPC',
    'ResourceId.1': scene.vpcId,
    TrafficType: 'REJECT',
    MaxAggregationInterval: '60',
    LogDestinationType: 'cloud-watch-logs',
    LogGroupName: GROUP,
    DeliverLogsPermissionArn: `arn:aws:iam::${service.account}:role/flow-logs`,
    LogFormat: FIELDS.map((field) => `\${${field}}`).join(' '),
  };
  await client.createBucket(BUCKET, service.region);
  await client.createLogGroup(GROUP);
  const first = await client.createFlowLog(everything);
  const second = await client.createFlowLog(refused);
  const calls: CallRow[] = [
    { service: 's3', action: 'CreateBucket', what: BUCKET, answer: 'done' },
    { service: 'logs', action: 'CreateLogGroup', what: GROUP, answer: 'done' },
    { service: 'ec2', action: 'CreateFlowLogs', what: 'ALL to the bucket', answer: first },
    { service: 'ec2', action: 'CreateFlowLogs', what: 'REJECT to the log group', answer: second },
  ];
  show(options, (screen) => showCalls(screen, calls, refused, service.reach.url));
  signal.throwIfAborted();
  const summaries: ReplaySummary[] = [];
  for (const files of scene.replays) {
    summaries.push(await service.replay(files, signal));
    signal.throwIfAborted();
  }
  const objects = await client.readBucket(BUCKET);
  show(options, (screen) => {
    showBucket(screen, scene, BUCKET, objects);
    showAccount(screen, summaries);
  });
  const events = await client.readLogGroup(GROUP);
  show(options, (screen) => showLogGroup(screen, scene, GROUP, FIELDS.join(' '), events));
  const { keep } = options;
  show(options, (screen) =>
    showCommands(screen, service.reach, {
      bucket: BUCKET,
      group: GROUP,
      flowLog: second,
      form: refused,
      keep,
    }),
  );
}

function show(options: DemoOptions, draw: (screen: Screen) => void): void {
  const screen = new Screen(options.screen);
  draw(screen);
  options.write(screen.text);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

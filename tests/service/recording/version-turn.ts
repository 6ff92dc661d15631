import type { Network } from '../../../src/network/model.ts';
import { parseNetwork } from '../../../src/network/yaml.ts';
import { Live } from '../../../src/service/recording/live.ts';
import { FakeWriting } from './fake-writing.ts';
import { until, Wire } from './wire.ts';

function networkWith(id: string): Network {
  const text = `vpcs:
  - id: vpc-00000001
    cidrs: [10.99.0.0/16]
    subnets:
      - { id: subnet-00000001, cidrs: [10.99.0.0/24], interfaces: [{ id: ${id}, primary: 10.99.0.2 }] }
`;
  return parseNetwork(text, 'network.yaml', { account: '123456789012', region: 'eu-central-1' });
}

export interface VersionedWindow {
  /** Seconds since the start of the first one. */
  readonly start: number;
  readonly version: number;
  readonly interfaces: readonly string[];
}

/** Records a live source while its network changes, over a minute's turn, which this waits for. The windows with traffic. */
export async function recordOverTurn(): Promise<VersionedWindow[]> {
  const wire = new Wire();
  const writing = new FakeWriting();
  let network = networkWith('eni-00000001');
  let changed = (): void => {};
  let number = 0;
  const live = new Live({
    network: {
      network: () => network,
      services: () => undefined,
      onChange: (listener) => {
        changed = listener;
        return () => {};
      },
    },
    writing,
    log: () => {},
    nextNumber: () => ++number,
    nextGeneration: () => Promise.resolve(1),
    graceSeconds: 2,
    maxFlows: 1 << 14,
  });
  try {
    wire.make();
    await live.start([
      {
        type: 'live',
        name: 'lan',
        vpcs: undefined,
        tunnels: undefined,
        interface: wire.name,
        filter: 'udp port 53',
        promiscuous: true,
        snaplen: undefined,
        bufferKiB: undefined,
      },
    ]);
    await until('capture', () => live.current?.stats?.sources[0]?.healthy === true);
    // Far enough from the turn of the minute for what follows.
    await until('room', () => Date.now() % 60_000 < 54_000);
    network = networkWith('eni-00000002');
    changed();
    await until('the version', () => writing.written[0]!.versions.length === 2);
    wire.send('10.99.0.7', '10.99.0.2', [1]);
    const minute = Math.floor(Date.now() / 60_000);
    await until('the turn', () => Math.floor(Date.now() / 60_000) > minute, 65);
    wire.send('10.99.0.7', '10.99.0.2', [2]);
    await until('the close', () => writing.written[0]!.closed.includes(60 * (minute + 1)), 10);
    await live.stop(8_000);
    const windows = writing.written[0]!.windows.filter((it) => it.lines.some((line) => line.endsWith(' OK')));
    return windows.map((it) => ({
      start: it.start - 60 * minute,
      version: it.version,
      interfaces: it.lines.map((line) => line.split(' ')[0]!),
    }));
  } finally {
    await live.stop(0);
    wire.remove();
  }
}

/** Who records which windows, and what nobody does. */
import { describe, expect, test } from 'vitest';
import { SLOT_SECONDS } from '../../../src/delivery/chunk.ts';
import { STATUS_NODATA, STATUS_SKIPDATA } from '../../../src/flows/rows.ts';
import { Snapshot } from '../../../src/network/snapshot.ts';
import { aSubnet, aVpc, anInterface, idOf, networkOf } from '../../network/builders.ts';
import { chunksOf, feed, linesOf, runOf, subscription, writerOf } from './support.ts';
import { aWindow, closed, interval, message, T, V1 } from './windows.ts';

const VPC = idOf('vpc', 1);
const FIELDS = '${interface-id} ${dstport} ${packets} ${start} ${end} ${log-status}';
const flow = { source: '10.0.0.1', destination: '10.0.0.2', packets: 2, bytes: 90 };

function snapshotOf(nitro = false): Snapshot {
  const network = networkOf({
    vpcs: [aVpc(1, ['10.0.0.0/8'])],
    subnets: [aSubnet(1, 1, ['10.0.0.0/16']), aSubnet(2, 1, ['10.1.0.0/16'])],
    instances: nitro
      ? [{ id: idOf('i', 1), origin: 'file', accountId: '123456789012', tags: {}, nitro: true }]
      : [],
    interfaces: [
      anInterface(1, { primary4: 0x0a000001, ...(nitro ? { instanceId: idOf('i', 1) } : {}) }),
      anInterface(2, { primary4: 0x0a000002 }),
      anInterface(3, { primary4: 0x0a010003, subnetId: idOf('subnet', 2) }),
    ],
  });
  return Snapshot.build(network, { version: 1, scopes: 'all' });
}

/** Lines without their interface: destination port, packets, seconds since T. */
function short(lines: readonly string[]): string[] {
  return lines.map((line) => {
    const [, port, packets, start, end, status] = line.split(' ');
    return `${port} ${packets} ${Number(start) - T}-${Number(end) - T} ${status}`;
  });
}

function windows(minutes: readonly number[]) {
  return minutes.flatMap((minute) =>
    closed(aWindow(T + 60 * minute, [{ ...flow, ports: [minute, 80], egress: 1, first: 1 }])),
  );
}

describe('the life of a live flow log (S3.6)', () => {
  const on = idOf('eni', 1);
  test('of 60 s: from the first window that begins at or after its creation to the last that closed before its deletion', () => {
    const createdAt = 1000 * (T + 60) + 1;
    const deletedAt = 1000 * (T + 302);
    const at = subscription({ on, format: FIELDS, createdAt: 1000 * (T + 60), deletedAt });
    const after = subscription({ on, format: FIELDS, createdAt, deletedAt: deletedAt + 1 });
    const { writer } = writerOf(snapshotOf(), [at, after], 'live');
    const { commits } = feed(runOf(writer), windows([0, 1, 2, 3, 4, 5]));
    // The window of minute 4 closed at T + 302 s.
    expect(short(linesOf(commits, at.flowLog)).map((it) => it.split(' ')[2])).toEqual([
      '61-61',
      '121-121',
      '181-181',
    ]);
    expect(short(linesOf(commits, after.flowLog)).map((it) => it.split(' ')[2])).toEqual([
      '121-121',
      '181-181',
      '241-241',
    ]);
    // Minutes 0 and 5.
    expect(writer.counters.unsubscribed).toEqual({ rows: 2, packets: 4, bytes: 180 });
  });

  test('a replay ignores creation times, and drops those deleted before it began', () => {
    const late = subscription({ on, format: FIELDS, createdAt: 1e15 });
    const gone = subscription({ on, format: FIELDS, deletedAt: 1 });
    const { writer } = writerOf(snapshotOf(), [late, gone], 'replay');
    const { commits } = feed(runOf(writer), windows([0, 1]));
    expect(linesOf(commits, late.flowLog)).toHaveLength(2);
    expect(linesOf(commits, gone.flowLog)).toEqual([]);
  });

  test('of 600 s, created inside an interval: a sum of its own, without NODATA', () => {
    const whole = subscription({ on, format: FIELDS, interval: 600 });
    const part = subscription({ on, format: FIELDS, interval: 600, createdAt: 1000 * (T + 130) });
    const same = windows([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).map((it) => it);
    for (const it of same) if (it.kind === 'window') renumber(it.window);
    const { writer } = writerOf(snapshotOf(), [whole, part], 'live');
    const status = [1, STATUS_SKIPDATA, T, T + 599, 1, STATUS_NODATA, T, T + 599];
    const { commits } = feed(runOf(writer), [...same, ...interval(T, status)]);
    expect(short(linesOf(commits, whole.flowLog))).toEqual([
      '443 20 1-541 OK',
      '- - 0-599 SKIPDATA',
      '- - 0-599 NODATA',
    ]);
    expect(short(linesOf(commits, part.flowLog))).toEqual(['443 14 181-541 OK', '- - 180-599 SKIPDATA']);
  });

  test('of 600 s, deleted inside an interval: what was summed up is committed at once, others go on', () => {
    const deleted = subscription({ on, format: FIELDS, interval: 600, deletedAt: 1000 * (T + 250) });
    const stays = subscription({ on, format: FIELDS, interval: 600 });
    const all = windows([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const it of all) if (it.kind === 'window') renumber(it.window);
    const { writer } = writerOf(snapshotOf(), [deleted, stays], 'live');
    const run = feed(runOf(writer), all.slice(0, 8));
    expect(linesOf(run.commits, deleted.flowLog)).toEqual([]);
    feed(run, [{ kind: 'leave', at: 1000 * (T + 251) }]);
    expect(short(linesOf(run.commits, deleted.flowLog))).toEqual(['443 8 1-181 OK']);
    feed(run, [...all.slice(8), ...interval(T)]);
    expect(linesOf(run.commits, deleted.flowLog)).toHaveLength(1);
    expect(short(linesOf(run.commits, stays.flowLog))).toEqual(['443 20 1-541 OK']);
  });
});

function renumber(window: { readonly rows: SharedArrayBuffer }): void {
  // One flow over all windows: the second port word.
  new Int32Array(window.rows, 48)[2] = (1000 << 16) | 443;
}

describe('what a flow log is on', () => {
  const rows = [
    { ...flow, ports: [1, 1] as const, egress: 1, ingress: 2 },
    { ...flow, ports: [2, 2] as const, ingress: 3, verdict: 2 as const },
  ];

  test('VPC, subnet and interface; the rest is unsubscribed, by side', () => {
    const subnet = subscription({ on: idOf('subnet', 1), format: FIELDS });
    const eni = subscription({ on: idOf('eni', 3), format: FIELDS, traffic: 'ACCEPT' });
    const { writer } = writerOf(snapshotOf(), [subnet, eni]);
    const { commits } = feed(runOf(writer), closed(aWindow(T, rows)));
    expect(linesOf(commits, subnet.flowLog).map((it) => it.split(' ')[0])).toEqual([
      idOf('eni', 1),
      idOf('eni', 2),
    ]);
    // Interface 3 has a rejected row only, which nobody wants.
    expect(linesOf(commits, eni.flowLog)).toEqual([]);
    expect(writer.counters.unsubscribed).toEqual({ rows: 1, packets: 2, bytes: 90 });
  });

  test('of another account or region: nothing', () => {
    const other = subscription({ on: VPC, format: FIELDS, account: '210987654321' });
    const away = subscription({ on: idOf('eni', 1), format: FIELDS, region: 'us-east-1' });
    const { writer } = writerOf(snapshotOf(), [other, away]);
    const { commits } = feed(runOf(writer), closed(aWindow(T, rows)));
    expect(commits).toEqual([]);
    expect(writer.counters.unsubscribed.rows).toBe(3);
  });

  test('interfaces of nitro instances are recorded at 60 s in flow logs of 600 s (S3.2)', () => {
    const at600 = subscription({ on: VPC, format: FIELDS, interval: 600 });
    const { writer } = writerOf(snapshotOf(true), [at600]);
    const run = feed(
      runOf(writer),
      [0, 1].flatMap((minute) =>
        closed(
          aWindow(T + 60 * minute, [{ ...flow, ports: [1, 443], egress: 1, ingress: 2 }], {
            status: Int32Array.from([
              1,
              STATUS_SKIPDATA,
              T + 60 * minute,
              T + 60 * minute + 59,
              2,
              STATUS_NODATA,
              0,
              0,
            ]),
          }),
        ),
      ),
    );
    const nitro = linesOf(run.commits, at600.flowLog);
    expect(nitro.map((it) => `${it.split(' ')[0]} ${it.split(' ').at(-1)}`)).toEqual(
      Array.from({ length: 4 }, (_, i) => `${idOf('eni', 1)} ${i % 2 === 0 ? 'OK' : 'SKIPDATA'}`),
    );
    feed(run, interval(T, [1, STATUS_SKIPDATA, T, T + 599, 3, STATUS_NODATA, T, T + 599]));
    const rest = linesOf(run.commits, at600.flowLog).slice(4);
    expect(rest.map((it) => it.split(' ')[0])).toEqual([idOf('eni', 2), idOf('eni', 3)]);
    expect(writer.counters.unsubscribed.rows).toBe(0);
  });
});

describe('slots', () => {
  test('an interval of 600 s is two slots of a bucket, and one of a log group', () => {
    const object = subscription({ on: VPC, interval: 600, format: FIELDS });
    const events = subscription({ on: VPC, interval: 600, format: FIELDS, to: 'cloud-watch-logs' });
    const { writer } = writerOf(snapshotOf(), [object, events]);
    const { commits } = feed(runOf(writer), [
      ...windows([1, 4, 5, 9]),
      ...interval(T, [2, STATUS_NODATA, T, T + 599]),
    ]);
    const slots = chunksOf(commits, object.flowLog).map((it) => [
      it.slot - T / SLOT_SECONDS,
      it.rows,
      it.statusRows,
    ]);
    expect(slots).toEqual([
      [0, 2, 0],
      [1, 2, 1],
    ]);
    const [chunk, ...more] = chunksOf(commits, events.flowLog);
    expect(more).toEqual([]);
    expect([chunk!.slot - T / SLOT_SECONDS, chunk!.rows, chunk!.statusRows]).toEqual([1, 4, 1]);
    expect([chunk!.from, chunk!.to]).toEqual([T, T + 599]);
  });

  test('late rows are chunks of their own in their own slot, at once for every interval (S3.4)', () => {
    const at60 = subscription({ on: VPC, format: FIELDS });
    const at600 = subscription({ on: VPC, interval: 600, format: FIELDS });
    const { writer } = writerOf(snapshotOf(), [at60, at600]);
    const late = aWindow(T, [{ ...flow, ports: [7, 7], egress: 1, first: 3 }], { late: true, table: 65536 });
    const [window, upTo] = closed(aWindow(T + 600, [{ ...flow, ports: [8, 8], egress: 1 }]));
    const run = feed(runOf(writer), [window!, message(late), upTo!]);
    expect(run.commits).toHaveLength(1);
    expect(chunksOf(run.commits, at60.flowLog).map((it) => it.slot * SLOT_SECONDS - T)).toEqual([600, 0]);
    expect(short(linesOf(run.commits, at600.flowLog))).toEqual(['7 2 3-3 OK']);
    expect(run.released).toEqual([0, 65536]);
  });
});

describe('versions of the network (S3.7)', () => {
  test('each window is written under its own, an interval in a part for each', () => {
    const first = snapshotOf();
    const second = Snapshot.build(
      networkOf({
        vpcs: [aVpc(1, ['10.0.0.0/8'])],
        subnets: [aSubnet(1, 1, ['10.0.0.0/16']), aSubnet(2, 1, ['10.1.0.0/16'])],
        // Interface 1 moves to subnet 2; interface 2 is gone.
        interfaces: [
          anInterface(1, { primary4: 0x0a010001, subnetId: idOf('subnet', 2) }),
          anInterface(3, { primary4: 0x0a010003, subnetId: idOf('subnet', 2) }),
        ],
      }),
      { version: 2, scopes: 'all', previous: first },
    );
    const v2 = { version: 2, factsVersion: second.factsVersion };
    expect(second.factsVersion).not.toBe(first.factsVersion);
    const v1 = { version: 1, factsVersion: first.factsVersion };
    const on60 = subscription({ on: idOf('subnet', 1), format: FIELDS });
    const moved = subscription({ on: idOf('subnet', 2), format: FIELDS });
    const on600 = subscription({ on: idOf('subnet', 2), format: FIELDS, interval: 600 });
    const { writer } = writerOf(first, [on60, moved, on600]);
    writer.addVersion(2, second.handle());
    const both = [{ ...flow, ports: [1, 443] as const, egress: 1, ingress: 3 }];
    const { commits } = feed(runOf(writer), [
      ...closed(aWindow(T, [{ ...flow, ports: [1, 443], egress: 1, ingress: 2 }], v1)),
      ...closed(aWindow(T + 60, both, v2)),
      ...interval(T, [1, STATUS_NODATA, T, T + 599], v2),
    ]);
    const names = (flowLog: string): string[] => linesOf(commits, flowLog).map((it) => it.split(' ')[0]!);
    expect(names(on60.flowLog)).toEqual([idOf('eni', 1), idOf('eni', 2)]);
    expect(names(moved.flowLog)).toEqual([idOf('eni', 1), idOf('eni', 3)]);
    // Of the part under version 2; NODATA lies in the interval's second slot.
    expect(names(on600.flowLog)).toEqual([idOf('eni', 1), idOf('eni', 3), idOf('eni', 1)]);
  });

  test('old versions are let go of', () => {
    const snapshot = snapshotOf();
    const { writer } = writerOf(snapshot, [subscription({ on: VPC, format: FIELDS })]);
    for (let version = 2; version <= 200; version++)
      writer.addVersion(version, { ...snapshot.handle(), version });
    const run = runOf(writer);
    feed(run, closed(aWindow(T, [{ ...flow, egress: 1 }])));
    for (let minute = 1; minute < 80; minute++) {
      feed(run, closed(aWindow(T + 60 * minute, [{ ...flow, egress: 1 }], { ...V1, version: 100 + minute })));
    }
    expect(writer.versions).toBeLessThan(60);
    expect(() => feed(run, closed(aWindow(T, [{ ...flow, egress: 1 }])))).toThrow(
      /network version 1 is not here/,
    );
  });
});

/** A recorder over versions of a network, for tests. */
import { Batch, BATCH_ROWS } from '../../src/capture/batch.ts';
import { type Account, account, emptyAccount } from '../../src/flows/accounting.ts';
import type { Point } from '../../src/flows/contexts.ts';
import { Expander } from '../../src/flows/expand.ts';
import { Recorder } from '../../src/flows/recorder.ts';
import { RollUp } from '../../src/flows/rollup.ts';
import type { ClosedWindow } from '../../src/flows/rows.ts';
import { StatusTracker } from '../../src/flows/status.ts';
import type { Network } from '../../src/network/model.ts';
import { Snapshot } from '../../src/network/snapshot.ts';
import { fill, linesOf, type TestPacket } from './support.ts';

/** When runs begin: the start of an interval of 600 s. */
export const I = 1_700_000_400;

/** A flow's line, with who recorded it by the facts of its own version. */
export interface Line {
  readonly start: number;
  readonly seconds: number;
  readonly late: boolean;
  readonly version: number;
  readonly who: string;
  readonly side: string;
  readonly flow: string;
  readonly packets: number;
}

/** A live recorder whose windows are written under the version that each says, as the service would. */
export class VersionedRun {
  readonly recorder: Recorder;
  readonly snapshots = new Map<number, Snapshot>();
  readonly lines: Line[] = [];
  readonly statuses: string[] = [];
  readonly account: Account = emptyAccount();
  readonly point: Point;
  readonly #expanders = new Map<number, Expander>();
  readonly #rollUp = new RollUp(600, 1 << 12);
  readonly #batch = new Batch();
  readonly #returned: number[] = [];
  #latest: Snapshot;

  constructor(network: Network, options: { limits?: { perSubnet: number } } = {}) {
    this.#latest = Snapshot.build(network, { version: 1, scopes: 'all', ...options });
    this.snapshots.set(1, this.#latest);
    this.recorder = new Recorder({
      lookup: this.#latest,
      live: true,
      tableRows: 1 << 10,
      tables: 8,
      discoverDestinations: false,
      trackers: [60, 600].map(
        (seconds) => new StatusTracker(seconds, 0, () => true, Number.POSITIVE_INFINITY),
      ),
      onWindow: (window) => this.#onWindow(window),
      onInterval: (start, _seconds, status, at) => {
        for (const taken of this.#rollUp.end(start, status, at)) this.#write(taken);
      },
    });
    this.point = this.recorder.addPoint({ source: 'test', scope: 0, live: true, role: 'count' }, I);
  }

  /** Builds the next version and takes it over at a boundary; gives that back. */
  change(network: Network, from: number): number {
    const version = this.#latest.version + 1;
    this.#latest = Snapshot.build(network, { version, scopes: 'all', previous: this.#latest });
    this.snapshots.set(version, this.#latest);
    return this.recorder.setNetwork(this.#latest, from);
  }

  add(packets: readonly TestPacket[], rows = BATCH_ROWS): void {
    for (let from = 0; from < packets.length; from += rows) {
      fill(this.#batch, packets.slice(from, from + rows));
      const added = this.recorder.add(this.#batch, 0, this.#batch.count, this.point);
      if (added !== this.#batch.count) throw new Error('a live source waits for nothing');
      this.#giveBack();
    }
  }

  /** The clock, second by second. */
  advance(from: number, to: number): void {
    for (let now = from; now <= to; now++) {
      this.recorder.advance(now);
      this.#giveBack();
    }
  }

  finish(): this {
    this.recorder.finish();
    return this;
  }

  of(seconds: 60 | 600): Line[] {
    return this.lines.filter((line) => line.seconds === seconds);
  }

  /** Packets and bytes that the identity of S1.2 misses. */
  get missing(): number[] {
    const { counters, attribution } = this.recorder;
    return (['Packets', 'Bytes'] as const).map((unit) => {
      const sum =
        this.account[`recorded${unit}`] +
        this.account[`unattributed${unit}`] +
        this.account[`excluded${unit}`] +
        this.account[`duplicate${unit}`] +
        counters[`duplicate${unit}`] +
        counters[`verdictOnly${unit}`] +
        attribution[`refused${unit}`];
      return (unit === 'Packets' ? counters.rows : counters.bytes) - sum;
    });
  }

  #giveBack(): void {
    for (const table of this.#returned.splice(0)) this.recorder.release(table);
  }

  #onWindow(window: ClosedWindow): void {
    account(window, this.account);
    this.#write(window);
    if (window.table >= 0) this.#returned.push(window.table);
    if (window.late) return;
    for (let row = this.#rollUp.add(window, 0); row < window.count; row = this.#rollUp.add(window, row)) {
      this.#write(this.#rollUp.takeEarly());
    }
  }

  #write(window: ClosedWindow): void {
    const snapshot = this.snapshots.get(window.version)!;
    let expander = this.#expanders.get(window.version);
    if (expander === undefined) {
      this.#expanders.set(window.version, (expander = new Expander(snapshot)));
    }
    const { start, seconds, late, version } = window;
    for (const line of linesOf(expander.expand(window))) {
      if (typeof line === 'string') {
        const [kind, number, from, to] = line.split(' ');
        const id = snapshot.facts(Number(number)).interfaceId;
        this.statuses.push(`${seconds} ${kind} ${id} ${Number(from) - I} ${Number(to) - I}`);
        continue;
      }
      const who = whoIs(snapshot, line.interface);
      this.lines.push({
        start,
        seconds,
        late,
        version,
        who,
        side: line.side,
        flow: line.flow,
        packets: line.packets,
      });
    }
  }
}

/** An interface as a record shows it. */
function whoIs(snapshot: Snapshot, number: number): string {
  const { interfaceId, subnetId, primary4 } = snapshot.facts(number);
  return `${interfaceId} ${subnetId} ${primary4}`;
}

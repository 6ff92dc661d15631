/** What each flow log gets of the example captures is what `weir record` writes of its interfaces. */
import { describe, expect, test } from 'vitest';
import { type Chunk, SLOT_SECONDS } from '../../../src/delivery/chunk.ts';
import { readNetworkFile } from '../../../src/network/yaml.ts';
import { Snapshot } from '../../../src/network/snapshot.ts';
import { parseLogFormat } from '../../../src/records/formats.ts';
import type { TrafficType } from '../../../src/records/select.ts';
import type { Piece } from '../../../src/service/record/pieces.ts';
import { RecordSession } from '../../../src/service/record/session.ts';
import type { Subscription } from '../../../src/service/threads/messages.ts';
import { openFile } from '../../../src/sources/file.ts';
import { type Example, examples } from '../../reference/examples.ts';
import {
  ACCOUNT,
  chunkLines,
  DEFAULT_FORMAT,
  feed,
  linesOf,
  messagesOf,
  REGION,
  runOf,
  SHORT_FORMAT,
  subscription,
  writerOf,
} from './support.ts';

const FORMATS = [DEFAULT_FORMAT, SHORT_FORMAT];
const TRAFFIC: readonly TrafficType[] = ['ALL', 'ACCEPT', 'REJECT'];
const INTERVALS = [60, 600] as const;
const PLACES = '${interface-id} ${vpc-id} ${subnet-id} ${account-id} ${region} ${end}';

function snapshotOf(example: Example): Snapshot {
  const network = readNetworkFile(example.network, { account: ACCOUNT, region: REGION });
  return Snapshot.build(network, { version: 1, scopes: 'all' });
}

/** The lines of `weir record` with these options. */
async function recorded(
  example: Example,
  text: string,
  interval: 60 | 600,
  traffic: TrafficType,
): Promise<string[]> {
  const snapshot = snapshotOf(example);
  const parsed = parseLogFormat(text, { kind: 'vpc' });
  if (!parsed.ok) throw new Error(parsed.message);
  const out: Uint8Array[] = [];
  await new RecordSession({
    sources: [await openFile(example.capture, { macs: snapshot.needsLink })],
    snapshot,
    format: parsed.format,
    interval,
    traffic,
    output: {
      write: async (piece: Piece) => void out.push('bytes' in piece ? piece.bytes : new Uint8Array(0)),
      end: async () => {},
    },
    form: 'text',
    header: false,
    workers: 0,
    maxFlows: 1 << 12,
  }).run();
  return Buffer.concat(out).toString().split('\n').slice(0, -1);
}

/** Ids of a record's interface, its VPC and subnet, with the account and region to ask with. */
async function resourcesOf(
  example: Example,
): Promise<Map<string, { account: string; region: string; interfaces: Set<string> }>> {
  const found = new Map<string, { account: string; region: string; interfaces: Set<string> }>();
  for (const line of await recorded(example, PLACES, 60, 'ALL')) {
    const [eni, vpc, subnet, account, region] = line.split(' ') as [string, string, string, string, string];
    for (const id of [eni, vpc, subnet]) {
      if (!found.has(id)) found.set(id, { account, region, interfaces: new Set() });
      found.get(id)!.interfaces.add(eni);
    }
  }
  return found;
}

/** Counts, interfaces, slots, starts and streams of chunks are what their lines say. */
function checkChunks(chunks: readonly Chunk[], subscriptions: readonly Subscription[]): void {
  for (const chunk of chunks) {
    const its = subscriptions.find((it) => it.flowLog === chunk.flowLogs[0])!;
    if (its.logFormat !== DEFAULT_FORMAT) continue;
    const fields = chunkLines(chunk).map((line) => line.split(' '));
    const flows = fields.filter((it) => it[13] === 'OK');
    expect(chunk.rows).toBe(flows.length);
    expect(chunk.statusRows).toBe(fields.length - flows.length);
    expect(chunk.packets).toBe(flows.reduce((sum, it) => sum + Number(it[8]), 0));
    expect(chunk.bytes).toBe(flows.reduce((sum, it) => sum + Number(it[9]), 0));
    expect(new Set(chunk.interfaces)).toEqual(new Set(fields.map((it) => it[2])));
    const { body } = chunk;
    const ends = body.form === 'events' ? [] : fields.map((it) => Number(it[11]));
    expect(ends.filter((end) => Math.floor(end / SLOT_SECONDS) !== chunk.slot)).toEqual([]);
    const suffix = its.traffic.toLowerCase();
    const wanted = fields.map((it) => `${it[10]} ${it[2]}-${suffix}`);
    expect(eventsOf(chunk)).toEqual(body.form === 'events' ? wanted : []);
  }
}

/** Start and stream of each event. */
function eventsOf({ body }: Chunk): string[] {
  if (body.form !== 'events') return [];
  const events = body.streams.flatMap(({ name, from, to }) =>
    Array.from(body.starts.subarray(from, to), (start) => `${start} ${name}`),
  );
  return events.length === body.starts.length ? events : ['streams and starts differ'];
}

describe('flow logs of every kind get what record writes', () => {
  test.each(examples().map((it) => [it.name, it] as const))(
    '%s',
    async (_name, example) => {
      const resources = await resourcesOf(example);
      const subscriptions = [];
      for (const [on, { account, region }] of resources) {
        for (const format of FORMATS)
          for (const traffic of TRAFFIC)
            for (const interval of INTERVALS)
              for (const to of ['s3', 'parquet', 'cloud-watch-logs'] as const)
                subscriptions.push(subscription({ on, account, region, format, traffic, interval, to }));
      }
      const snapshot = snapshotOf(example);
      const { writer } = writerOf(snapshot, subscriptions);
      const { commits } = feed(runOf(writer), await messagesOf(example.capture, snapshot));
      const expected = new Map<string, string[]>();
      for (const format of FORMATS)
        for (const traffic of TRAFFIC)
          for (const interval of INTERVALS)
            expected.set(
              `${format} ${traffic} ${interval}`,
              await recorded(example, format, interval, traffic),
            );
      let lines = 0;
      for (const { flowLog, resourceId, logFormat, traffic, target } of subscriptions) {
        const own = resources.get(resourceId)!.interfaces;
        const at = logFormat === SHORT_FORMAT ? 0 : 2;
        const all = expected.get(`${logFormat} ${traffic} ${target.interval}`)!;
        const wanted = all.filter((line) => own.has(line.split(' ')[at]!));
        const got = linesOf(commits, flowLog, logFormat);
        expect(got.toSorted()).toEqual(wanted.toSorted());
        lines += got.length;
      }
      expect(lines).toBeGreaterThan(0);
      // One flow log of each resource records everything: nothing is left over.
      expect(writer.counters.unsubscribed).toEqual({ rows: 0, packets: 0, bytes: 0 });
      expect(commits.map((it) => it.sequence)).toEqual([...commits.keys()]);
      checkChunks(
        commits.flatMap((it) => it.chunks),
        subscriptions,
      );
    },
    30_000,
  );
});

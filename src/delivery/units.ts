/** What is delivered at once: an object, or the events of a commit for a log group. */
import { createHash } from 'node:crypto';
import type { PieceRange } from './content.ts';
import { nameHash, objectKey } from './keys.ts';
import type { ObjectDeliveryTarget } from './keys.ts';
import type { ObjectChunk, ObjectRow } from './ledger-objects.ts';
import type { Claim } from './piles.ts';
import type { Unit } from './lanes.ts';
import type { Range } from './slots.ts';
import type { Caller } from '../standins/storage/caller.ts';
import { eventsKey } from './lane-keys.ts';
import type { EventsTarget } from './target.ts';

interface SpooledUnit extends Unit {
  readonly producer: string;
  readonly claims: readonly Claim[];
  /** Milliseconds: from when freshness counts. */
  readonly due: number;
}

/** A row of the ledger with its claims. */
export interface ObjectUnit extends SpooledUnit {
  readonly target: ObjectDeliveryTarget;
  readonly row: ObjectRow;
  readonly ranges: readonly PieceRange[];
}

export interface EventsUnit extends SpooledUnit {
  readonly to: EventsTarget;
  readonly as: Caller;
  /** The id of its appends, without their counter. */
  readonly batch: string;
  /** Set when it is delivered: by claim, the share of events that the log group refuses for good. */
  refused?: ReadonlyMap<Claim, number>;
}

/** Claims of one commit that go to one lane. */
export interface EventsGroup {
  readonly to: EventsTarget;
  readonly as: Caller;
  readonly claims: readonly Claim[];
}

export type AnyUnit = ObjectUnit | EventsUnit;

/** The row of a part that was cut: nothing in it depends on when it is sent. */
export function partRow(
  target: ObjectDeliveryTarget,
  where: { readonly producer: string; readonly slot: number; readonly part: number; readonly due: number },
  ranges: readonly Range<{ readonly claim: Claim }>[],
): ObjectRow {
  const { producer, slot, part, due } = where;
  const chunks = ranges.map(({ item: { claim }, from, to }): ObjectChunk => {
    const { segment, index, digest, pieces } = claim.chunk;
    const { sequence } = segment;
    return { segment: segment.id, chunk: index, sequence, ordinal: claim.ordinal, digest, from, to, pieces };
  });
  const key = objectKey(target, slot, nameHash(target.flowLog, slot, part, producer));
  return {
    producer,
    slot,
    flowLog: target.flowLog,
    part,
    key,
    digest: rowDigest(target, key, chunks),
    due,
    chunks,
  };
}

/**
 * SHA-256 in hex over what an object holds: its key, its header line, the columns of a Parquet file, and the digests of
 * its chunks. Of text it is what it was before there were layouts.
 */
export function rowDigest({ to }: ObjectDeliveryTarget, key: string, chunks: readonly ObjectChunk[]): string {
  const { layout, header } = to;
  const columns =
    layout?.format === 'parquet' ? [(layout.columns ?? []).map(({ id, type }) => [id, type])] : [];
  const hash = createHash('sha256').update(JSON.stringify([key, header, ...columns]));
  for (const { digest, from, to } of chunks) hash.update(`${digest}/${from}/${to}\n`);
  return hash.digest('hex');
}

/** A row as a unit; `claims`: one for each of its chunks. */
export function objectUnit(
  target: ObjectDeliveryTarget,
  row: ObjectRow,
  claims: readonly Claim[],
): ObjectUnit {
  for (const claim of claims) claim.open++;
  return {
    target,
    row,
    claims,
    producer: row.producer,
    due: row.due,
    settled: false,
    ranges: row.chunks.map(({ segment, from, to }, i) => ({
      segment,
      place: claims[i]!.chunk.place,
      from,
      to,
    })),
    since: Math.min(...claims.map((claim) => claim.chunk.segment.committedAt)),
    size: claims.reduce((sum, claim) => sum + claim.chunk.size, 0),
  };
}

/** The events of a commit for one lane: once for each flow log. */
export function eventsUnit({ to, as, claims }: EventsGroup): EventsUnit {
  const { segment } = claims[0]!.chunk;
  const hash = createHash('sha256').update(eventsKey(to));
  for (const claim of claims) {
    claim.open++;
    hash.update(`\n${claim.flowLog}/${claim.ordinal}/${claim.chunk.digest}`);
  }
  // The digest: after a flow log has been added, a replay under the same name brings other events.
  const batch = `${segment.producer}.${segment.sequence}.${hash.digest('hex').slice(0, 16)}`;
  return {
    to,
    as,
    claims,
    batch,
    producer: segment.producer,
    settled: false,
    due: segment.committedAt,
    since: segment.committedAt,
    size: claims.reduce((sum, claim) => sum + claim.chunk.size, 0),
  };
}

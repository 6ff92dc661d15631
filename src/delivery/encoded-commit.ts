/** A commit on its way to the disk: its segment, and what of it the ledger knows already. */
import type { Chunk, WindowCommit } from './chunk.ts';
import { destinationKey } from './lane-keys.ts';
import type { Ledger } from './ledger.ts';
import { Recommitted } from './recommitted.ts';
import type { Producer } from './producers.ts';
import { chunkDigest, encodeSegment } from './segment.ts';
import type { ChunkClaim, EncodedSegment } from './segment.ts';
import { bodyFormOf } from './target.ts';
import type { DeliveryTarget } from './target.ts';
import type { TargetBook } from './target-book.ts';

/** A chunk as one of its flow logs does not get it. */
export interface RefusedClaim {
  readonly flowLog: string;
  readonly chunk: Chunk;
}

export interface EncodedCommit {
  readonly commit: WindowCommit;
  readonly producer: Producer;
  readonly encoded: EncodedSegment;
  readonly bytes: number;
  /** What will wait for delivery, and where: chunks times flow logs. */
  readonly claims: number;
  readonly destinations: ReadonlySet<string>;
  /** Claims that the ledger knows as delivered. */
  readonly delivered: readonly { readonly flowLog: string; readonly chunk: Chunk }[];
  /** Claims that are given up instead of being spooled. */
  readonly refused: readonly RefusedClaim[];
  /** A replay brings other rows than the run before. */
  readonly differs: boolean;
}

/**
 * @param refuses flow logs whose rows are given up, unless an object that is known holds them
 * @throws when the commit cannot be of this producer now: a fault of the caller
 */
export function encodeCommit(
  commit: WindowCommit,
  producer: Producer,
  { ledger, targets, now }: { readonly ledger: Ledger; readonly targets: TargetBook; readonly now: number },
  refuses: (flowLog: string) => boolean,
): EncodedCommit {
  if (commit.sequence <= producer.lastSequence) {
    throw new Error(`commit ${commit.sequence} of ${commit.producer} comes after ${producer.lastSequence}`);
  }
  const again = new Recommitted(ledger, producer, commit.sequence);
  const ordinals = new Map<string, number>();
  const chunks: Chunk[] = [];
  const claims: ChunkClaim[][] = [];
  const digests: string[] = [];
  const delivered: { flowLog: string; chunk: Chunk }[] = [];
  const refused: RefusedClaim[] = [];
  const destinations = new Set<string>();
  let count = 0;
  let differs = false;
  for (const chunk of commit.chunks) {
    const digest = digestOf(chunk);
    const own: ChunkClaim[] = [];
    for (const flowLog of chunk.flowLogs) {
      const target = targets.get(flowLog);
      checkTarget(target, flowLog, chunk);
      const ordinal = ordinals.get(flowLog) ?? 0;
      ordinals.set(flowLog, ordinal + 1);
      const was = chunk.body.form === 'events' ? 'new' : again.of(flowLog, chunk.slot, ordinal, digest);
      differs ||= was === 'differs';
      if (was === 'delivered') delivered.push({ flowLog, chunk });
      if (was === 'delivered' || was === 'spooled') continue;
      if (refuses(flowLog)) {
        refused.push({ flowLog, chunk });
        continue;
      }
      own.push({ flowLog, ordinal });
      destinations.add(destinationKey(target.to));
    }
    if (own.length === 0) continue;
    chunks.push(chunk);
    claims.push(own);
    digests.push(digest);
    count += own.length;
  }
  const encoded = encodeSegment({ ...commit, chunks }, claims, digests, now);
  const { bytes } = encoded;
  return { commit, producer, encoded, bytes, claims: count, destinations, delivered, refused, differs };
}

/** A commit that finds no room comes again. */
const digestsKnown = new WeakMap<Chunk, string>();

function digestOf(chunk: Chunk): string {
  const digest = digestsKnown.get(chunk) ?? chunkDigest(chunk);
  digestsKnown.set(chunk, digest);
  return digest;
}

function checkTarget(
  target: DeliveryTarget | undefined,
  flowLog: string,
  { body }: Chunk,
): asserts target is DeliveryTarget {
  if (target === undefined) throw new Error(`${flowLog} has rows and no target`);
  const { to } = target;
  if (bodyFormOf(to) !== body.form) {
    throw new Error(
      `${flowLog} has a target of type ${to.type} for ${bodyFormOf(to)} and rows as ${body.form}`,
    );
  }
  if (to.type !== 's3' || body.form !== 'parquet') return;
  const columns = to.layout?.columns?.length;
  for (const { summary } of body.groups) {
    if (summary.chunks.length !== columns) {
      throw new Error(`${flowLog} has ${columns ?? 'no'} columns and rows of ${summary.chunks.length}`);
    }
  }
}

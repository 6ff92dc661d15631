/** A commit on its way to the disk: its segment, and what of it the ledger knows already. */
import type { Chunk, WindowCommit } from './chunk.ts';
import type { Ledger } from './ledger.ts';
import { Recommitted } from './recommitted.ts';
import type { Producer } from './producers.ts';
import { chunkDigest, encodeSegment } from './segment.ts';
import type { ChunkClaim, EncodedSegment } from './segment.ts';
import type { DeliveryTarget } from './target.ts';
import type { TargetBook } from './target-book.ts';

export interface EncodedCommit {
  readonly commit: WindowCommit;
  readonly producer: Producer;
  readonly encoded: EncodedSegment;
  readonly bytes: number;
  /** Claims that the ledger knows as delivered. */
  readonly delivered: readonly { readonly flowLog: string; readonly chunk: Chunk }[];
  /** A replay brings other rows than the run before. */
  readonly differs: boolean;
}

/** @throws when the commit cannot be of this producer now: a fault of the caller */
export function encodeCommit(
  commit: WindowCommit,
  producer: Producer,
  { ledger, targets, now }: { readonly ledger: Ledger; readonly targets: TargetBook; readonly now: number },
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
  let differs = false;
  for (const chunk of commit.chunks) {
    const digest = chunkDigest(chunk);
    const own: ChunkClaim[] = [];
    for (const flowLog of chunk.flowLogs) {
      checkTarget(targets, flowLog, chunk);
      const ordinal = ordinals.get(flowLog) ?? 0;
      ordinals.set(flowLog, ordinal + 1);
      const was = chunk.body.form === 'events' ? 'new' : again.of(flowLog, chunk.slot, ordinal, digest);
      differs ||= was === 'differs';
      if (was === 'new' || was === 'differs') own.push({ flowLog, ordinal });
      else if (was === 'delivered') delivered.push({ flowLog, chunk });
    }
    if (own.length === 0) continue;
    chunks.push(chunk);
    claims.push(own);
    digests.push(digest);
  }
  const encoded = encodeSegment({ ...commit, chunks }, claims, digests, now);
  return { commit, producer, encoded, bytes: encoded.bytes, delivered, differs };
}

/** How rows for a destination are rendered. */
function formOf(to: DeliveryTarget['to']): Chunk['body']['form'] {
  if (to.type !== 's3') return 'events';
  return to.layout?.format === 'parquet' ? 'parquet' : 'deflated-text';
}

function checkTarget(targets: TargetBook, flowLog: string, chunk: Chunk): void {
  const to = targets.get(flowLog)?.to;
  if (to === undefined) throw new Error(`${flowLog} has rows and no target`);
  const { body } = chunk;
  if (formOf(to) !== body.form) {
    throw new Error(`${flowLog} has a target of type ${to.type} for ${formOf(to)} and rows as ${body.form}`);
  }
  if (to.type !== 's3' || body.form !== 'parquet') return;
  const columns = to.layout?.columns?.length;
  for (const { summary } of body.groups) {
    if (summary.chunks.length !== columns) {
      throw new Error(`${flowLog} has ${columns ?? 'no'} columns and rows of ${summary.chunks.length}`);
    }
  }
}

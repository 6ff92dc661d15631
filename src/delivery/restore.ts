/** What an earlier run left, read back: segments, the rows of the ledger that are not settled, and what is in neither. */
import { EventsGroups } from './events-groups.ts';
import type { ObjectDeliveryTarget } from './keys.ts';
import { destinationKey } from './lane-keys.ts';
import type { Ledger } from './ledger.ts';
import type { ObjectRow } from './ledger-objects.ts';
import { storedChunk } from './piles.ts';
import type { Claim, Segment } from './piles.ts';
import { newProducer, producerOf } from './producers.ts';
import type { Producer } from './producers.ts';
import { claimsOf } from './segment.ts';
import type { Spool, SpooledSegment } from './spool.ts';
import type { DeliveryTarget } from './target.ts';
import { objectUnit, rowDigest } from './units.ts';
import type { EventsUnit, ObjectUnit } from './units.ts';

type Log = (level: 'info' | 'warn' | 'error', message: string, fields?: Record<string, unknown>) => void;

export interface Restored {
  readonly producers: Map<string, Producer>;
  readonly objects: ObjectUnit[];
  readonly events: EventsUnit[];
  readonly torn: number;
  /** Segments that cannot be read, and rows of the ledger whose chunks are not there: settled as given up. */
  readonly damaged: number;
  /** The note of the last commit of a live producer that is still spooled. */
  readonly note: { readonly segment: number; readonly note: unknown } | undefined;
}

/** @throws errors of the file system and of SQLite */
export function restore(
  from: { readonly ledger: Ledger; readonly spool: Spool; readonly log: Log },
  targets: ReadonlyMap<string, DeliveryTarget>,
  into: { segment(spooled: SpooledSegment): Segment; claim(claim: Claim, destination: string): void },
): Restored {
  const { ledger, spool, log } = from;
  const producers = new Map(ledger.producers.all().map((row) => [row.producer, producerOf(row)]));
  const events: EventsUnit[] = [];
  let note: Restored['note'];
  const inRows = new Map<string, Claim | undefined>();
  const rows = ledger.objects.pending();
  for (const row of rows) for (const place of placesOf(row)) inRows.set(place, undefined);
  const scanned = spool.scan((spooled) => {
    const { id, index } = spooled;
    const segment = into.segment(spooled);
    const freed = ledger.freedOf(id);
    const groups = new EventsGroups();
    const producer = producers.get(index.producer);
    // Of live producers only the last are known.
    if (producer?.kind !== 'replay' && index.note !== undefined) note = { segment: id, note: index.note };
    index.chunks.forEach((chunkIndex, i) => {
      const chunk = storedChunk(segment, chunkIndex, i);
      for (const { flowLog, ordinal } of claimsOf(index.logs, chunkIndex)) {
        if (freed.has(`${i}/${flowLog}`)) continue;
        const target = targets.get(flowLog);
        if (target === undefined) {
          log('error', 'spooled rows have no target and cannot be delivered', { flowLog, segment: id });
          continue;
        }
        const claim: Claim = { chunk, flowLog, ordinal, open: 0 };
        into.claim(claim, destinationKey(target.to));
        const place = `${id}/${i}/${flowLog}`;
        if (inRows.has(place)) inRows.set(place, claim);
        else if (target.to.type === 's3') {
          const owner = producer ?? newProducer(index.producer, 'live');
          producers.set(owner.name, owner);
          owner.piles.add(claim, target.interval);
        } else groups.add(target, target.to, claim);
      }
    });
    events.push(...groups.units());
  });
  const { torn } = scanned;
  let { damaged } = scanned;
  if (torn > 0) log('warn', 'segments that were not committed when the service ended were dropped', { torn });
  if (damaged > 0) log('error', 'segments of the spool are damaged: what was in them is lost', { damaged });
  const objects: ObjectUnit[] = [];
  for (const row of rows) {
    const claims = placesOf(row).map((place) => inRows.get(place));
    const target = targets.get(row.flowLog) as ObjectDeliveryTarget | undefined;
    const whole =
      target !== undefined && claims.every((claim, i) => claim?.chunk.digest === row.chunks[i]!.digest);
    if (!whole || rowDigest(target, row.key, row.chunks) !== row.digest) {
      damaged++;
      log('error', 'an object cannot be made: its chunks are not in the spool', { key: row.key });
      ledger.transaction(() => ledger.objects.settle(row, 2, false));
      for (const claim of claims) {
        if (claim !== undefined) producers.get(row.producer)?.piles.add(claim, target?.interval ?? 60);
      }
      continue;
    }
    const producer = producers.get(row.producer);
    if (producer !== undefined) producer.unsettled++;
    objects.push(objectUnit(target, row, claims as Claim[]));
  }
  return { producers, objects, events, torn, damaged, note };
}

function placesOf(row: ObjectRow): string[] {
  return row.chunks.map(({ segment, chunk }) => `${segment}/${chunk}/${row.flowLog}`);
}

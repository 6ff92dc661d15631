import { META_TCP_FLAGS_SHIFT, META_VERDICT, META_VERDICT_SHIFT } from '../capture/batch.ts';
import { FLAGS_INITIATOR, FLAGS_RAW_SHIFT, FLAGS_VERDICT_SHIFT } from './rows.ts';

/** What each TCP flags byte adds to WORD_FLAGS: the VPC field, the raw bits, the initiator bit. */
const FLAG_BITS = Int32Array.from({ length: 256 }, (_, flags) => {
  const synAck = (flags & 0x12) === 0x12;
  const initiator = (flags & 0x12) === 0x02;
  return (flags & 7) | (synAck ? 16 : 0) | (flags << FLAGS_RAW_SHIFT) | (initiator ? FLAGS_INITIATOR : 0);
});

/** WORD_FLAGS bits of a row's `meta` column, its verdict included. */
export function flagsOf(meta: number): number {
  return (
    FLAG_BITS[(meta >>> META_TCP_FLAGS_SHIFT) & 0xff]! |
    (((meta & META_VERDICT) >>> META_VERDICT_SHIFT) << FLAGS_VERDICT_SHIFT)
  );
}

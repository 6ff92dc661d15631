import { V5_HEADER_BYTES, V5_MAX_RECORDS, V5_RECORD_BYTES } from './constants.ts';
import type { ExportContext } from './context.ts';
import type { RowBuilder } from './rows.ts';

/** The two high bits of the sampling field are its mode. */
const SAMPLING_INTERVAL = 0x3fff;

/**
 * NetFlow v5:
 *
 *   header   version 2 | count 2 | sysUptime 4 | unix_secs 4 | unix_nsecs 4 | flow_sequence 4 |
 *            engine_type 1 | engine_id 1 | sampling mode and interval 2
 *   record   srcaddr 4 | dstaddr 4 | nexthop 4 | input 2 | output 2 | dPkts 4 | dOctets 4 | First 4 | Last 4 |
 *            srcport 2 | dstport 2 | pad 1 | tcp_flags 1 | prot 1 | tos 1 | src_as 2 | dst_as 2 | masks 2 | pad 2
 *
 * Whether `length` bytes can be a datagram of `count` records; what is behind them is ignored.
 */
export function isV5Count(count: number, length: number): boolean {
  return count > 0 && count <= V5_MAX_RECORDS && V5_HEADER_BYTES + count * V5_RECORD_BYTES <= length;
}

/** Reads the records of a datagram at `from`. A rate that is configured stands where the header tells none. */
export function readV5(
  view: DataView,
  from: number,
  count: number,
  rows: RowBuilder,
  maxRate: number,
  context: ExportContext,
): void {
  const told = view.getUint16(from + 22, false) & SAMPLING_INTERVAL;
  const rate = Math.min(maxRate, told || (context.domain.exporter.settings.samplingRate ?? 1));
  for (let i = 0; i < count; i++)
    rows.appendV5(view, from + V5_HEADER_BYTES + i * V5_RECORD_BYTES, rate, context);
}

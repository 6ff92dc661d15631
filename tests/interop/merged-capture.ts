/** Examples as one capture of the last minutes: exporters read one file, and flows of hours ago are time outliers. */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { ROOT } from '../record/run.ts';

const HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;
const ETHERNET = 1;

interface Frame {
  /** Microseconds since the epoch. */
  readonly time: number;
  readonly length: number;
  readonly bytes: Buffer;
}

/** Source address of the filling frames. */
export const FILLING = '192.0.2.1';

/** A pcap file of microseconds with the frames of these examples in the order of time, the last one at `end`, and
 * behind them so many frames of a flow from FILLING. */
export function mergedCapture(names: readonly string[], end: number, filling = 0): Buffer {
  const frames = names.flatMap(framesOf).toSorted((a, b) => a.time - b.time);
  const { time: last } = frames.at(-1)!;
  for (let n = 0; n < filling; n++)
    frames.push({ time: last, length: FILLING_FRAME.length, bytes: FILLING_FRAME });
  const shift = Math.floor(end * 1e6) - frames.at(-1)!.time;
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(MICROSECONDS, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(ETHERNET, 20);
  const parts = frames.flatMap(({ time, length, bytes }) => {
    const record = Buffer.alloc(RECORD_HEADER_BYTES);
    record.writeUInt32LE(Math.floor((time + shift) / 1e6), 0);
    record.writeUInt32LE((time + shift) % 1e6, 4);
    record.writeUInt32LE(bytes.length, 8);
    record.writeUInt32LE(length, 12);
    return [record, bytes];
  });
  return Buffer.concat([header, ...parts]);
}

/** UDP from 192.0.2.1 to 192.0.2.2, both of port 9. */
const FILLING_FRAME = Buffer.from(
  '020000000002020000000001080045000020000000004011f6c9c0000201c000020200090009000c000000000000',
  'hex',
);

function framesOf(name: string): Frame[] {
  const path = `${ROOT}examples/${name}/${name}.pcap`;
  const bytes = existsSync(path) ? readFileSync(path) : gunzipSync(readFileSync(`${path}.gz`));
  const magic = bytes.readUInt32LE(0);
  if ((magic !== MICROSECONDS && magic !== NANOSECONDS) || bytes.readUInt32LE(20) !== ETHERNET)
    throw new Error(`${path} is no little-endian pcap file of Ethernet frames`);
  const fraction = magic === NANOSECONDS ? 1000 : 1;
  const frames: Frame[] = [];
  for (let at = HEADER_BYTES; at < bytes.length;) {
    const captured = bytes.readUInt32LE(at + 8);
    const from = at + RECORD_HEADER_BYTES;
    frames.push({
      time: bytes.readUInt32LE(at) * 1e6 + Math.floor(bytes.readUInt32LE(at + 4) / fraction),
      length: bytes.readUInt32LE(at + 12),
      bytes: bytes.subarray(from, from + captured),
    });
    at = from + captured;
  }
  return frames;
}

/** Captures at another time: destinations take no records that are older than two weeks. */

const RECORD_HEADER = 16;
const FILE_HEADER = 24;

/** Whether the times of a pcap file, of micro- or nanoseconds, are written with the low byte first. */
function littleEndian(capture: Buffer): boolean {
  if ([0xa1b2c3d4, 0xa1b23c4d].includes(capture.readUInt32LE(0))) return true;
  if ([0xa1b2c3d4, 0xa1b23c4d].includes(capture.readUInt32BE(0))) return false;
  throw new RangeError('this is no pcap file');
}

/** The times of a pcap file's packets, whole seconds, in the order of the file. */
export function secondsOf(capture: Buffer): number[] {
  const little = littleEndian(capture);
  const read = (at: number): number => (little ? capture.readUInt32LE(at) : capture.readUInt32BE(at));
  const out: number[] = [];
  for (let at = FILE_HEADER; at < capture.length; at += RECORD_HEADER + read(at + 8)) out.push(read(at));
  return out;
}

/** A copy of a pcap file whose packets are `seconds` later. */
export function shifted(capture: Buffer, seconds: number): Buffer {
  const little = littleEndian(capture);
  const out = Buffer.from(capture);
  const read = (at: number): number => (little ? out.readUInt32LE(at) : out.readUInt32BE(at));
  for (let at = FILE_HEADER; at < out.length; at += RECORD_HEADER + read(at + 8)) {
    if (little) out.writeUInt32LE(read(at) + seconds, at);
    else out.writeUInt32BE(read(at) + seconds, at);
  }
  return out;
}

/** How far to shift captures, a multiple of every window's and interval's length, so that they end `ago` seconds ago. */
export function shiftOf(captures: readonly Buffer[], ago: number): number {
  const last = captures.flatMap(secondsOf).reduce((most, it) => Math.max(most, it), 0);
  return Math.floor((Date.now() / 1000 - ago - last) / 600) * 600;
}

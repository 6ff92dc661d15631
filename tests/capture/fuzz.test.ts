import { expect, test } from 'vitest';
import { BATCH_ROWS, Batch, MAX_IP_LENGTH, META_IPV6, META_VERDICT } from '../../src/capture/batch.ts';
import { MAX_RECORD_BYTES } from '../../src/capture/decoder.ts';
import { type CaptureOptions, openCapture } from '../../src/capture/open.ts';
import { pcap } from './build.ts';
import { CAPTURES } from './fixtures.ts';
import { ALL_TUNNELS, TUNNELLED } from './tunnelled.ts';

/** xorshift32: the same mutations in every run with the same seed. */
function random(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const INTERESTING = [0, 1, 2, 3, 4, 5, 6, 0x0f, 0x10, 0x45, 0x60, 0x7f, 0x80, 0x81, 0xfe, 0xff];

/** Some bytes changed, copied, taken out or put in, or the end cut off. */
function mutate(capture: Uint8Array, next: (below: number) => number): Uint8Array {
  let bytes = capture.slice();
  for (let i = 1 + next(6); i > 0 && bytes.length > 8; i--) {
    const at = 4 + next(bytes.length - 4);
    switch (next(7)) {
      case 0:
        bytes[at]! ^= 1 << next(8);
        break;
      case 1:
      case 2:
        bytes[at] = INTERESTING[next(INTERESTING.length)]!;
        break;
      case 3:
        bytes.fill(next(2) * 255, at, at + 4);
        break;
      case 4:
        bytes.copyWithin(at, 4 + next(bytes.length - 4), bytes.length);
        break;
      case 5:
        bytes = new Uint8Array([...bytes.subarray(0, at), ...bytes.subarray(at + 1 + next(8))]);
        break;
      default:
        if (next(4) === 0) bytes = bytes.slice(0, at);
        else bytes = new Uint8Array([...bytes.subarray(0, at), next(256), next(256), ...bytes.subarray(at)]);
    }
  }
  return bytes;
}

/** Reads to the end in pieces of random length; checks the contract at each step. Returns the rows. */
function check(
  capture: Uint8Array,
  next: (below: number) => number,
  batch: Batch,
  options: CaptureOptions = {},
): number {
  const decoder = openCapture(capture, { macs: true, ...options });
  if (decoder === undefined) return 0;
  let rows = 0;
  let from = 0;
  let to = 0;
  for (let steps = 0; ; steps++) {
    if (steps > 10 * capture.length + 100) throw new Error('no end in sight');
    batch.clear();
    const consumed = decoder.decode(capture, from, to, batch);
    if (consumed < from || consumed > to) throw new Error('consumed what was not there');
    if (decoder.fault !== undefined && consumed !== to) throw new Error('a fault consumes all');
    if (to - from >= MAX_RECORD_BYTES && consumed === from) throw new Error('no progress with a full piece');
    if (consumed === from && batch.count > 0) throw new Error('rows from nothing');
    rows += batch.count;
    checkBatch(batch);
    const stuck = consumed === from;
    from = consumed;
    if (batch.count === BATCH_ROWS || (!stuck && from < to)) continue;
    if (to === capture.length) break;
    to = Math.min(capture.length, to + 1 + next(capture.length));
  }
  decoder.end(capture.length - from);
  const rejected = decoder.counters.rejectedPackets.reduce((a, b) => a + b, 0);
  if (decoder.counters.packets !== rows + rejected) throw new Error('packets are not rows and rejections');
  if (!decoder.counters.rejectedBytes.every((n) => Number.isSafeInteger(n) && n >= 0))
    throw new Error('bytes');
  if (from < capture.length && decoder.fault === undefined) throw new Error('a rest without a fault');
  const fault = decoder.fault;
  if (fault !== undefined && (fault.offset < 0 || fault.offset > capture.length))
    throw new Error('fault offset');
  return rows;
}

function checkBatch(batch: Batch): void {
  let fragments = 0;
  let verdicts = 0;
  for (let i = 0; i < batch.count; i++) {
    const meta = batch.meta[i]!;
    const least = (meta & META_IPV6) === 0 ? 20 : 40;
    if (batch.length[i]! < least || batch.length[i]! > MAX_IP_LENGTH)
      throw new Error(`length ${batch.length[i]}`);
    if (batch.nanos[i]! > 999_999_999) throw new Error(`nanos ${batch.nanos[i]}`);
    if (batch.vlan[i]! > 4095) throw new Error(`vlan ${batch.vlan[i]}`);
    if (batch.time[i]! < batch.minTime || batch.time[i]! > batch.maxTime) throw new Error('time range');
    if ((meta & META_VERDICT) === META_VERDICT) throw new Error('verdict 3');
    if ((meta & META_VERDICT) !== 0) verdicts++;
    if (((meta >>> 17) & 3) === 3) throw new Error('first and later');
    if (((meta >>> 17) & 3) !== 0) fragments++;
  }
  if (batch.fragments !== fragments || batch.verdicts !== verdicts) throw new Error('batch counters');
}

/** Each tunnel many times in a capture of its own, so that mutations meet all of its headers. */
const TUNNEL_CAPTURES = Object.values(TUNNELLED).map(({ frame }) => pcap([frame, frame, frame]));

test.each([
  ['', Object.values(CAPTURES), {}, 3000],
  [', tunnels opened', TUNNEL_CAPTURES, { tunnels: ALL_TUNNELS }, 2000],
] as const)(
  'mutated captures: no throw, no hang, every packet counted, columns in range%s',
  (_, captures, options, ms) => {
    const batch = new Batch();
    const seed = 20_261_121;
    const deadline = Date.now() + ms;
    let cases = 0;
    let rows = 0;
    while (Date.now() < deadline) {
      const next = random(seed + cases);
      const capture = mutate(captures[cases % captures.length]!, next);
      try {
        rows += check(capture, next, batch, options);
      } catch (error) {
        throw new Error(`case ${cases}: ${Buffer.from(capture).toString('hex')}`, { cause: error });
      }
      cases++;
    }
    // Some mutations must get past the containers, or this tests nothing.
    expect(cases).toBeGreaterThan(100);
    expect(rows).toBeGreaterThan(cases);
  },
);

test('random bytes behind a good header', () => {
  const next = random(7);
  const batch = new Batch();
  for (const capture of Object.values(CAPTURES)) {
    for (let i = 0; i < 20; i++) {
      const bytes = capture.slice(0, 24 + 28 + next(400));
      for (let at = 24; at < bytes.length; at++) bytes[at] = next(256);
      expect(() => check(bytes, next, batch)).not.toThrow();
    }
  }
});

/** Captures made byte by byte for the tests of sources. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { BATCH_ROWS, Batch } from '../../src/capture/batch.ts';
import type { Source } from '../../src/sources/source.ts';

/** A UDP packet over IPv4 in an Ethernet frame: `id` comes back as the source port. */
export interface Packet {
  time: number;
  nanos?: number;
  id: number;
}

/** A row as the tests compare it. */
export interface Row {
  time: number;
  nanos: number;
  id: number;
}

const FRAME_BYTES = 60;

/** A little-endian pcap file header: nanoseconds, Ethernet. */
export function pcapHeader(): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b23c4d, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262144, 16);
  header.writeUInt32LE(1, 20);
  return header;
}

/** A pcap record of a 60-byte frame. */
export function pcapRecord(packet: Packet): Buffer {
  const record = Buffer.alloc(16 + FRAME_BYTES);
  record.writeUInt32LE(packet.time, 0);
  record.writeUInt32LE(packet.nanos ?? 0, 4);
  record.writeUInt32LE(FRAME_BYTES, 8);
  record.writeUInt32LE(FRAME_BYTES, 12);
  const frame = record.subarray(16);
  frame.writeUInt16BE(0x0800, 12);
  frame[14] = 0x45;
  frame.writeUInt16BE(46, 16);
  frame[22] = 64;
  frame[23] = 17;
  frame.writeUInt32BE(0x0a000001, 26);
  frame.writeUInt32BE(0x0a000002, 30);
  frame.writeUInt16BE(packet.id & 0xffff, 34);
  frame.writeUInt16BE(53, 36);
  frame.writeUInt16BE(26, 38);
  return record;
}

/** A whole pcap file. */
export function pcapOf(packets: readonly Packet[]): Buffer {
  return Buffer.concat([pcapHeader(), ...packets.map(pcapRecord)]);
}

/** `count` packets, a thousand a second from `time` on, numbered from 0. */
export function packets(count: number, time = 1_700_000_000): Packet[] {
  return Array.from({ length: count }, (_, i) => ({
    time: time + Math.floor(i / 1000),
    nanos: (i % 1000) * 1_000_000,
    id: i & 0xffff,
  }));
}

/** What a source should give for packets. */
export function rowsOf(sent: readonly Packet[]): Row[] {
  return sent.map(({ time, nanos, id }) => ({ time, nanos: nanos ?? 0, id }));
}

/** Rows [from, to) of a batch. */
export function batchRows(batch: Batch, from = 0, to = batch.count): Row[] {
  return Array.from({ length: to - from }, (_, i) => ({
    time: batch.time[from + i]!,
    nanos: batch.nanos[from + i]!,
    id: batch.ports[from + i]! >>> 16,
  }));
}

/** Reads a source to its end, as a recorder does. */
export async function drain(source: Source): Promise<Row[]> {
  const batch = new Batch();
  const rows: Row[] = [];
  for (;;) {
    const state = source.next(batch);
    if (batch.count > BATCH_ROWS || (state === 'rows') !== batch.count > 0)
      throw new Error(`${state} with ${batch.count} rows`);
    if (state === 'end') return rows;
    if (state === 'wait') await source.ready();
    else rows.push(...batchRows(batch));
  }
}

/** A directory that goes away with the test file. */
export function temporaryDirectory(): { path: string; file: (name: string, content: Uint8Array) => string } {
  const path = mkdtempSync(join(tmpdir(), 'weir-sources-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    file(name, content) {
      writeFileSync(join(path, name), content);
      return join(path, name);
    },
  };
}

/** Whether a tool of the system can be run; `probe` are arguments that make it end at once. */
export function hasTool(name: string, probe: readonly string[]): boolean {
  return spawnSync(name, probe, { stdio: 'ignore' }).error === undefined;
}

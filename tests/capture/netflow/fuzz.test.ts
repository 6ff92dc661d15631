import { expect, test } from 'vitest';
import { META_VERDICT } from '../../../src/capture/batch.ts';
import { FLOW_BATCH_ROWS, FlowBatch } from '../../../src/capture/flow-batch.ts';
import { NetflowDecoder } from '../../../src/capture/netflow/decoder.ts';
import { IpfixStream } from '../../../src/capture/netflow/stream.ts';
import { SflowCollector } from '../sflow/support.ts';
import { NETFLOW_DATAGRAMS, SFLOW_DATAGRAMS } from './datagrams.ts';
import { mutate, random } from './mutate.ts';
import { Collector, NOW, checkExportCounters } from './support.ts';

const LIMITS = {
  heldBytes: 64 << 10,
  heldBytesInAll: 128 << 10,
  templates: 64,
  templatesInAll: 200,
  exporters: 8,
};
const BUDGET_MILLIS = 2000;

/** Columns are whole numbers in their ranges. */
function checkBatch(batch: FlowBatch): void {
  for (let row = 0; row < batch.count; row++) {
    const packets = batch.packets[row]!;
    const bytes = batch.bytes[row]!;
    if (!(packets >= 0 && Math.floor(packets) === packets)) throw new Error(`packets ${packets}`);
    if (!(bytes >= 0 && Math.floor(bytes) === bytes)) throw new Error(`bytes ${bytes}`);
    if (batch.nanos[row]! >= 1_000_000_000) throw new Error(`nanos ${batch.nanos[row]}`);
    if (batch.start[row]! > batch.time[row]!) throw new Error('start after end');
    if (batch.time[row]! > NOW / 1000 + 1_000_000) throw new Error('end after the receive time');
    if ((batch.meta[row]! & META_VERDICT) === META_VERDICT) throw new Error('verdict 3');
  }
}

test('mutated NetFlow and IPFIX: no throw, everything bounded, every record and set accounted for', () => {
  const batch = new FlowBatch();
  const flush = (full: FlowBatch) => {
    checkBatch(full);
    full.clear();
  };
  const settings = (address: string) => (address === 'a' ? {} : { samplingRate: 1 });
  const decoder = new NetflowDecoder({ batch, flush }, { settings, limits: LIMITS });
  const deadline = Date.now() + BUDGET_MILLIS;
  let cases = 0;
  let accounted = 0;
  for (; Date.now() < deadline; cases++) {
    const next = random(20_261_121 + cases);
    const good = NETFLOW_DATAGRAMS[cases % NETFLOW_DATAGRAMS.length]!;
    const bytes = next(8) === 0 ? good : mutate(good, next);
    const address = 'abcdefghijkl'[next(12)]!;
    try {
      decoder.datagram(bytes, 0, bytes.length, address, (NOW + cases) * 1000);
      checkBatch(batch);
      accounted += batch.count;
      batch.clear();
      if (cases % 1000 === 0) decoder.tick((NOW + cases) * 1000);
    } catch (error) {
      throw new Error(`case ${cases}: ${Buffer.from(bytes).toString('hex')}`, { cause: error });
    }
    if (decoder.heldBytes > LIMITS.heldBytesInAll || decoder.registry.templates > LIMITS.templatesInAll)
      throw new Error(
        `case ${cases}: ${decoder.heldBytes} bytes held, ${decoder.registry.templates} templates`,
      );
  }
  decoder.end((NOW + cases) * 1000);
  expect(decoder.heldBytes).toBe(0);
  expect(decoder.counters.heldSets).toBe(0);
  expect(decoder.counters.datagrams).toBe(cases);
  // Some must get through, or this tests nothing.
  expect(accounted).toBeGreaterThan(cases);
  checkExportCounters(decoder);
});

test('mutated sFlow: likewise', () => {
  const collector = new SflowCollector({ exporters: 4, agents: 4, sources: 16 });
  const { batch, decoder } = collector;
  const deadline = Date.now() + BUDGET_MILLIS / 2;
  let cases = 0;
  for (; Date.now() < deadline; cases++) {
    const next = random(7_112_026 + cases);
    const bytes = mutate(SFLOW_DATAGRAMS[cases % SFLOW_DATAGRAMS.length]!, next);
    try {
      decoder.datagram(bytes, 0, bytes.length, String(next(6)), NOW * 1000);
      checkBatch(batch);
    } catch (error) {
      throw new Error(`case ${cases}: ${Buffer.from(bytes).toString('hex')}`, { cause: error });
    }
    batch.clear();
  }
  decoder.end();
  expect(decoder.counters.rows).toBeGreaterThan(cases);
  collector.checkCounters();
});

test('mutated IPFIX streams in pieces of random length', () => {
  const batch = new FlowBatch();
  const all = Buffer.concat(NETFLOW_DATAGRAMS.filter((bytes) => bytes[1] === 10));
  const deadline = Date.now() + BUDGET_MILLIS / 4;
  const decoder = new NetflowDecoder({ batch, flush: (full) => full.clear() }, { limits: LIMITS });
  let whole = 0;
  for (let cases = 0; Date.now() < deadline; cases++) {
    const next = random(99 + cases);
    const bytes = next(4) === 0 ? all : mutate(all, next);
    const stream = new IpfixStream(decoder, 'a', NOW * 1000);
    for (let at = 0; at < bytes.length;) {
      const size = 1 + next(2000);
      stream.push(bytes.subarray(at, at + size), NOW * 1000);
      at += size;
    }
    stream.end(NOW * 1000);
    if (stream.fault === undefined) whole++;
    expect(decoder.heldBytes).toBe(0);
    expect(decoder.registry.templates).toBe(0);
  }
  expect(whole).toBeGreaterThan(0);
});

test('records of one octet fill more than a batch, and come out all', () => {
  const collector = new Collector();
  const fields = Buffer.from('00020010 0100 0002 0008 0004 000c 0004'.replaceAll(' ', ''), 'hex');
  const records = Buffer.alloc(8 * 8000, 1);
  const header = Buffer.from('000a0000 6553f8f0 00000000 00000000'.replaceAll(' ', ''), 'hex');
  const data = Buffer.concat([
    Buffer.from([1, 0, (records.length + 4) >> 8, (records.length + 4) & 255]),
    records,
  ]);
  fields[3] = fields.length;
  const counted = Buffer.concat([header, fields, data]);
  counted.writeUInt16BE(counted.length, 2);
  collector.push(counted);
  expect(collector.decoder.counters.rejections()).toEqual({ no_counters: 8000 });
  const withCounts = Buffer.from(
    '00020014 0101 0003 0008 0004 000c 0004 0002 0001'.replaceAll(' ', ''),
    'hex',
  );
  withCounts[3] = withCounts.length;
  const rows = Buffer.alloc(9 * 5000, 1);
  const message = Buffer.concat([
    header,
    withCounts,
    Buffer.from([1, 1, (rows.length + 4) >> 8, (rows.length + 4) & 255]),
    rows,
  ]);
  message.writeUInt16BE(message.length, 2);
  expect(collector.push(message)).toHaveLength(5000);
  expect(5000).toBeGreaterThan(FLOW_BATCH_ROWS);
});

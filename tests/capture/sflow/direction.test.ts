import { describe, expect, test } from 'vitest';
import { SflowEncoder } from '../../../src/synth/exports/sflow.ts';
import { FlowExport } from '../../../src/synth/exports/flow.ts';
import { NOW } from '../netflow/support.ts';
import { SflowCollector } from './support.ts';

/** The direction of a sample's row, seen from its data source. */
function directionOf(fields: { source: number; input: number; output: number }, more: object = {}): unknown {
  const flow = new FlowExport();
  flow.source[3] = 1;
  flow.destination[3] = 2;
  flow.protocol = 17;
  flow.bytes = 100;
  const encoder = new SflowEncoder({ agent: Int32Array.of(0, 0, 0, 9), boot: NOW - 60_000 });
  encoder.addresses({ ...fields, rate: 10, ...more }, flow);
  const collector = new SflowCollector();
  const [row] = collector.push(encoder.end(NOW));
  expect(collector.decoder.counters.rejections()).toEqual({});
  return row?.['direction'];
}

describe.each([
  ['plain', {}],
  ['expanded', { expanded: true }],
  ['discarded', { drop: true, discarded: 258 }],
])('direction of %s samples', (_name, more) => {
  test('in, where the data source is the input; out, where it is the output', () => {
    expect(directionOf({ source: 3, input: 3, output: 4 }, more)).toBe('in');
    expect(directionOf({ source: 4, input: 3, output: 4 }, more)).toBe('out');
  });
  test('in, of what goes back where it came from: it was sampled on its way in', () => {
    expect(directionOf({ source: 3, input: 3, output: 3 }, more)).toBe('in');
  });
  test('not told, of another source or of none', () => {
    expect(directionOf({ source: 5, input: 3, output: 4 }, more)).toBeUndefined();
    expect(directionOf({ source: 0, input: 0, output: 0 }, more)).toBeUndefined();
  });
});

test('a data source that is no interface has no direction, though its number be one', () => {
  // Type 1 (a VLAN) in the high octet of the compact form.
  expect(directionOf({ source: 0x0100_0003, input: 3, output: 4 })).toBeUndefined();
});

import * as fc from 'fast-check';
import { FlowExport } from '../../../src/synth/exports/flow.ts';

/** 2023-11-14 22:20:00 UTC, in milliseconds. */
export const NOW = 1_700_000_400_000;
/** An hour before. */
export const BOOT = NOW - 3_600_000;

const word = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
const port = fc.integer({ min: 0, max: 0xffff });

/** A flow of any values; never both addresses all zeros, never without packets. */
export function flows(families: readonly (4 | 6)[] = [4, 6]): fc.Arbitrary<FlowExport> {
  return fc
    .record({
      ipv6: fc.constantFrom(...families).map((family) => family === 6),
      source: fc.tuple(word, word, word, word),
      destination: fc.tuple(word, word, word, word),
      sourcePort: port,
      destinationPort: port,
      protocol: fc.constantFrom(6, 17, 132, 47, 50),
      tcpFlags: fc.integer({ min: 0, max: 255 }),
      packets: fc.integer({ min: 1, max: 0xffff_ffff }),
      bytes: fc.integer({ min: 1, max: 0xffff_ffff }),
      end: fc.integer({ min: BOOT + 1000, max: NOW }),
      lasted: fc.integer({ min: 0, max: 900 }),
      ingress: fc.integer({ min: 0, max: 0xffff }),
      egress: fc.integer({ min: 0, max: 0xffff }),
      direction: fc.constantFrom(0, 1),
      vlan: fc.integer({ min: 0, max: 4094 }),
    })
    .map((given) => {
      const flow = new FlowExport();
      flow.source.set(given.ipv6 ? given.source : [0, 0, 0, given.source[3] || 1]);
      flow.destination.set(given.ipv6 ? given.destination : [0, 0, 0, given.destination[3]]);
      if (given.ipv6) flow.source[0] = 0x2001_0db8;
      const { source: _source, destination: _destination, lasted, ...plain } = given;
      return Object.assign(flow, plain, { start: given.end - lasted });
    });
}

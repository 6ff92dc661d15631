/** What the flags of `weir record` make of the sources that it listens for. */
import { expect, test } from 'vitest';
import { listenOptions } from '../../src/cli/record-flows.ts';

test('how datagrams are taken is not told to a source over TCP beside them', () => {
  const [netflow, ipfix, ...more] = listenOptions(
    {
      netflow: [':2055'],
      ipfix: [':4739'],
      transport: 'tcp',
      receiver: 'tcpdump',
      receivers: 2,
      receiveBuffer: '1MiB',
    },
    undefined,
  );
  expect(more).toEqual([]);
  const { exporters } = netflow!;
  expect(exporters.length).toBeGreaterThan(0);
  expect(netflow).toEqual({
    name: ':2055',
    protocol: 'netflow',
    listen: ':2055',
    exporters,
    receiver: 'tcpdump',
    receivers: 2,
    receiveBuffer: 1 << 20,
  });
  expect(ipfix).toEqual({ name: ':4739', protocol: 'ipfix', listen: ':4739', exporters, transport: 'tcp' });
});

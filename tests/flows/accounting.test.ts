import { expect, test } from 'vitest';
import { account, addAccount, emptyAccount } from '../../src/flows/accounting.ts';
import { allocateRows, type ClosedWindow, NO_LOST } from '../../src/flows/rows.ts';
import { recordAll, TestNetwork } from './support.ts';

function bareWindow(packets: number): ClosedWindow {
  return {
    start: 0,
    seconds: 60,
    late: false,
    version: 1,
    factsVersion: 1,
    table: 0,
    rows: allocateRows(1),
    addresses: new SharedArrayBuffer(0),
    count: 1,
    packets,
    bytes: 0,
    status: new Int32Array(0),
    lost: NO_LOST,
  };
}

test('a window whose rows do not add up to what was recorded is a fault, not a loss', () => {
  expect(() => account(bareWindow(0), emptyAccount())).not.toThrow();
  expect(() => account(bareWindow(1), emptyAccount())).toThrow(
    /its rows hold 0 packets and 0 bytes, 1 and 0 were recorded/,
  );
});

test('prefixes of unattributed packets are kept by /24 and /64, and add up', () => {
  const packet = { time: 1_700_000_040, sport: 1, dport: 2 };
  const run = recordAll(new TestNetwork(['10.0.0.1']), [
    { ...packet, src: '192.0.2.7', dst: '192.0.2.9' },
    { ...packet, src: '2001:db8:1:2:3::1', dst: '2001:db8::1' },
  ]);
  const both = emptyAccount();
  addAccount(run.account, both);
  addAccount(run.account, both);
  expect(Object.fromEntries(both.prefixes)).toEqual({
    '192.0.2.0/24': 4,
    '2001:db8:1:2::/64': 2,
    '2001:db8::/64': 2,
  });
  expect(both.unattributedPackets).toBe(4);
});

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PcapDatagrams } from '../../../src/sources/exports/pcap-datagrams.ts';
import { OwnReceiver, type Receiver, ThreadReceiver } from '../../../src/sources/exports/receivers.ts';
import { SocketReception } from '../../../src/sources/exports/socket-reception.ts';
import { parseSocketTable } from '../../../src/sources/exports/socket-drops.ts';
import { packets, pcapOf } from '../captures.ts';
import { Open, send, until } from './support.ts';

describe('sockets', () => {
  test.each([
    ['socket', OwnReceiver, 0],
    ['thread', ThreadReceiver, 1],
  ] as const)(
    'a %s that dies is begun again on the same port; the time without it is a loss',
    async (...kind) => {
      const [, Kind, receivers] = kind;
      const made: Receiver[] = [];
      const notices: string[] = [];
      const reception = new SocketReception({
        listen: { host: '127.0.0.1', family: 4, port: 0 },
        receivers,
        receiveBuffer: 65_536,
        notice: (message) => notices.push(message),
        make(...how) {
          made.push(new Kind(...how));
          return made.at(-1)!;
        },
      });
      await reception.open();
      const { port } = reception.address;
      expect(reception.healthy).toBe(true);
      made[0]!.kill();
      await until(() => !reception.healthy);
      await until(() => reception.healthy && notices.length === 2);
      expect(made).toHaveLength(2);
      expect(reception.address.port).toBe(port);
      const open = new Open();
      await send(await open.sender(), port, [Buffer.from('again')]);
      await until(() => reception.peek() !== undefined);
      const { bytes, from, to } = reception.peek()!;
      expect(Buffer.from(bytes.slice(from, to)).toString()).toBe('again');
      const losses: unknown[] = [];
      reception.takeLosses((...loss) => losses.push(loss));
      expect(losses).toEqual([[expect.any(Number), expect.any(Number), -1, 'restart']]);
      expect(notices).toEqual([
        expect.stringMatching(/a receiver of 127\.0\.0\.1:\d+ ended .* started again in 0\.5 s/),
        expect.stringMatching(/receives again/),
      ]);
      await reception.close();
      await open.close();
    },
  );

  test('what finds no room in the queue is counted, whose it was is not known', async () => {
    const reception = new SocketReception({
      listen: { host: '127.0.0.1', family: 4, port: 0 },
      receivers: 1,
      receiveBuffer: 1 << 20,
      notice: () => {},
      ringBytes: 4096,
    });
    await reception.open();
    const open = new Open();
    const datagrams = Array.from({ length: 20 }, () => Buffer.alloc(1000));
    await send(await open.sender(), reception.address.port, datagrams);
    let full = 0;
    await until(() => {
      reception.takeLosses((_from, _to, count, reason) => {
        expect(reason).toBe('queue_full');
        full += count;
      });
      return full === 17;
    });
    for (let i = 0; i < 3; i++) {
      expect(reception.peek()).toBeDefined();
      reception.drop();
    }
    expect(reception.peek()).toBeUndefined();
    await reception.close();
    await open.close();
  });

  test('the kernel\u2019s table of sockets', () => {
    const text =
      '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n' +
      ' 1234: 0100007F:0807 00000000:0000 07 00000000:00000900 00:00000000 00000000     0        0 54321 2 0000000000000000 77\n' +
      'rubbish\n\n';
    expect(parseSocketTable(text)).toEqual([{ port: 2055, inode: '54321', drops: 77 }]);
  });
});

describe('a capture of datagrams', () => {
  /** Reads all; fails on one that lies outside of the buffer. */
  function read(bytes: Uint8Array, cuts: readonly number[]): number {
    const intake = new PcapDatagrams(() => {});
    let count = 0;
    let at = 0;
    for (const cut of [...cuts, bytes.length]) {
      void intake.push(bytes.slice(at, Math.max(at, cut)));
      at = Math.max(at, cut);
      for (; intake.peek(); intake.drop()) {
        if (intake.from > intake.to || intake.to > intake.bytes.length) throw new Error('outside');
        count++;
      }
    }
    intake.finish();
    expect(intake.over || intake.peek()).toBe(true);
    return count;
  }

  /** The captures of the tests have nanoseconds; tcpdump writes microseconds. */
  function capture(count: number): Buffer {
    const bytes = pcapOf(packets(count));
    bytes.writeUInt32LE(0xa1b2c3d4, 0);
    return bytes;
  }

  test('in pieces of any size', () => {
    const bytes = capture(50);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 20 }), (cuts) => {
        expect(
          read(
            bytes,
            cuts.sort((a, b) => a - b),
          ),
        ).toBe(50);
      }),
      { interruptAfterTimeLimit: 1500 },
    );
  });

  test('damaged: no throw, nothing outside', () => {
    const good = capture(20);
    const damage = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(damage, (changes) => {
        const bytes = Buffer.from(good);
        for (const [at, value] of changes) bytes[at] = value;
        expect(read(bytes, [100, 500])).toBeLessThanOrEqual(20);
      }),
      { interruptAfterTimeLimit: 1500 },
    );
  });

  test('a fragment is none, and counted', () => {
    const bytes = capture(3);
    // More fragments, of the second packet.
    bytes[24 + 76 + 16 + 14 + 6] = 0x20;
    const intake = new PcapDatagrams(() => {});
    void intake.push(bytes);
    let count = 0;
    for (; intake.peek(); intake.drop()) count++;
    expect([count, intake.fragments, intake.others]).toEqual([2, 1, 0]);
  });
});

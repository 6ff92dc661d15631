import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { isFlowFile, openFlowFile } from '../../../src/sources/exports/flow-file.ts';
import { packets, pcapOf, temporaryDirectory } from '../captures.ts';
import { decoded, fixture, rest, sorted } from './support.ts';

const directory = temporaryDirectory();
const messages = fixture('ipfix');
const whole = Buffer.concat(messages);

describe('told apart from captures', () => {
  test.each([
    ['IPFIX', whole, true],
    ['compressed IPFIX', gzipSync(whole), true],
    ['a capture', pcapOf(packets(3)), false],
    ['a compressed capture', gzipSync(pcapOf(packets(3))), false],
    ['nothing', Buffer.alloc(0), false],
    ['NetFlow v9', Buffer.concat(fixture('v9')), false],
    ['a gzip header and no more', Buffer.from([0x1f, 0x8b]), false],
  ])('%s', async (name, bytes, expected) => {
    expect(await isFlowFile(directory.file(`told ${name}`, bytes))).toBe(expected);
  });

  test('what is not there, or a directory', async () => {
    expect(await isFlowFile('/nowhere')).toBe(false);
    expect(await isFlowFile(directory.path)).toBe(false);
  });
});

describe('faults', () => {
  test.each([false, true])('cut off (compressed: %s): what is whole is read', async (compressed) => {
    const cut = whole.subarray(0, whole.length - 5);
    const bytes = compressed ? gzipSync(cut) : cut;
    const source = await openFlowFile(directory.file('cut.ipfix', bytes), { samplingRate: 1 });
    expect(sorted(await rest(source))).toEqual(sorted(decoded(messages.slice(0, -1))));
    expect(source.fault).toMatchObject({ kind: 'truncated', reason: expect.stringMatching(/cut off/) });
    await source.close();
  });

  test('something else in the middle: what is before is read, and where it is is told', async () => {
    const bytes = Buffer.concat([messages[0]!, Buffer.from('no message'), messages[1]!]);
    const source = await openFlowFile(directory.file('corrupt.ipfix', bytes), { samplingRate: 1 });
    expect(sorted(await rest(source))).toEqual(sorted(decoded(messages.slice(0, 1))));
    expect(source.fault).toMatchObject({ kind: 'corrupt', offset: messages[0]!.length });
    await source.close();
  });

  test('damaged gzip', async () => {
    const bytes = gzipSync(Buffer.concat(Array.from({ length: 20 }, () => whole)), { level: 1 });
    bytes[bytes.length - 6]! ^= 0xff;
    const source = await openFlowFile(directory.file('damaged.gz', bytes), { samplingRate: 1 });
    expect((await rest(source)).length).toBe(20 * decoded(messages).length);
    expect(source.fault).toMatchObject({ kind: 'corrupt', reason: expect.stringMatching(/checksum/) });
    await source.close();
  });

  test('refusals', async () => {
    await expect(openFlowFile('/nowhere')).rejects.toThrow(/no such file/);
    await expect(openFlowFile(directory.path)).rejects.toThrow(/is a directory/);
    await expect(openFlowFile(directory.file('empty', Buffer.alloc(0)))).rejects.toThrow(/is empty/);
    await expect(openFlowFile(directory.file('pcap', pcapOf(packets(3))))).rejects.toThrow(UserError);
  });

  test('damaged anywhere: it ends, and never throws', async () => {
    const damage = fc.array(fc.tuple(fc.integer({ min: 4, max: whole.length - 1 }), fc.nat(255)), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        const source = await openFlowFile(directory.file('any.ipfix', bytes), { samplingRate: 1 });
        const rows = await rest(source);
        expect(rows.length).toBe(source.counters.rows);
        await source.close();
      }),
      { interruptAfterTimeLimit: 1500 },
    );
  });
});

import { closeSync, mkdirSync, openSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { Batch } from '../../src/capture/batch.ts';
import { openFile } from '../../src/sources/file.ts';
import { drain, packets, pcapHeader, pcapOf, pcapRecord, rowsOf, temporaryDirectory } from './captures.ts';

const directory = temporaryDirectory();

async function refusal(path: string): Promise<string> {
  const error = await openFile(path).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).message;
}

describe('a plain capture file', () => {
  test('is read to its end, every packet in order', async () => {
    const sent = packets(2500);
    const path = directory.file('plain.pcap', pcapOf(sent));
    const source = await openFile(path);
    expect(source).toMatchObject({ name: path, live: false, fault: undefined });
    expect(await drain(source)).toEqual(rowsOf(sent));
    expect(source.counters.packets).toBe(2500);
    expect(source.progress).toEqual({ read: 24 + 2500 * 76, total: 24 + 2500 * 76 });
    expect(source.takeLosses()).toEqual([]);
    await source.close();
  });

  test('longer than the read buffer: packets that straddle two reads are whole', async () => {
    const sent = packets(130_000);
    const source = await openFile(directory.file('long.pcap', pcapOf(sent)));
    const batch = new Batch();
    let count = 0;
    let wrong = 0;
    while (source.next(batch) === 'rows') {
      for (let row = 0; row < batch.count; row++) {
        const packet = sent[count++]!;
        if (batch.ports[row]! >>> 16 !== packet.id || batch.time[row] !== packet.time) wrong++;
      }
    }
    expect({ count, wrong, fault: source.fault }).toEqual({ count: 130_000, wrong: 0, fault: undefined });
  });

  test('a header and no packet is a good capture', async () => {
    const source = await openFile(directory.file('header.pcap', pcapHeader()));
    expect(await drain(source)).toEqual([]);
    expect(source.fault).toBeUndefined();
  });

  test('cut off: the readable part is delivered, then the place is named', async () => {
    const bytes = pcapOf(packets(10));
    const source = await openFile(directory.file('cut.pcap', bytes.subarray(0, bytes.length - 5)));
    expect(await drain(source)).toEqual(rowsOf(packets(9)));
    expect(source.fault).toMatchObject({ kind: 'truncated', offset: 24 + 9 * 76 });
  });

  test('corrupt in the middle: what is before is delivered, what is behind is not read', async () => {
    const bad = Buffer.alloc(16, 0xff);
    const bytes = Buffer.concat([pcapOf(packets(3)), bad, ...packets(90_000).map(pcapRecord)]);
    const source = await openFile(directory.file('corrupt.pcap', bytes));
    expect(await drain(source)).toEqual(rowsOf(packets(3)));
    expect(source.fault).toMatchObject({ kind: 'corrupt', offset: 24 + 3 * 76 });
    expect(source.progress.read).toBeLessThan(bytes.length);
  });

  test('end is the answer for ever after, also after stop and close, twice', async () => {
    const path = directory.file('end.pcap', pcapOf(packets(3000)));
    const source = await openFile(path);
    const batch = new Batch();
    expect(source.next(batch)).toBe('rows');
    source.stop();
    expect(source.next(batch)).toBe('end');
    expect(batch.count).toBe(0);
    await source.close();
    await source.close();
    expect(source.next(batch)).toBe('end');
    expect(source.fault).toBeUndefined();
  });

  test('no descriptor is left open, whatever happens', async () => {
    const good = directory.file('fd.pcap', pcapOf(packets(3)));
    const bad = directory.file('fd.txt', Buffer.from('not a capture at all, sorry'));
    const zipped = directory.file('fd.pcap.gz', gzipSync(pcapOf(packets(3))));
    const before = readdirSync('/proc/self/fd').length;
    for (let i = 0; i < 20; i++) {
      await drain(await openFile(good));
      await drain(await openFile(zipped));
      const opened = await openFile(good);
      await opened.close();
      await refusal(bad);
      await refusal(directory.path);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(readdirSync('/proc/self/fd').length).toBeLessThan(before + 10);
  });
});

describe('what cannot be opened is refused with what to do', () => {
  test('a missing file, and a path through a file', async () => {
    expect(await refusal('/nonexistent/x.pcap')).toBe(
      '/nonexistent/x.pcap: there is no such file; check the path',
    );
    const file = directory.file('some.pcap', pcapHeader());
    expect(await refusal(join(file, 'x.pcap'))).toContain('not a directory');
    symlinkSync('nowhere', join(directory.path, 'dangling'));
    expect(await refusal(join(directory.path, 'dangling'))).toContain('no such file');
  });

  test('a directory', async () => {
    mkdirSync(join(directory.path, 'captures'));
    expect(await refusal(join(directory.path, 'captures'))).toMatch(
      /captures is a directory; name .*\*\.pcap/,
    );
  });

  test('an empty file, plain or compressed', async () => {
    expect(await refusal(directory.file('empty.pcap', Buffer.alloc(0)))).toContain('is empty');
    expect(await refusal(directory.file('empty.gz', gzipSync('')))).toContain('is empty');
    expect(await refusal('/dev/null')).toContain('is empty');
  });

  test('something else: its first bytes, and what is accepted', async () => {
    const text = await refusal(directory.file('text.pcap', Buffer.from('hello, world')));
    expect(text).toContain('begins with 68 65 6c 6c 6f 2c 20 77');
    expect(text).toContain('Weir reads pcap and pcapng captures, plain or compressed with gzip');
    expect(await refusal(directory.file('short.pcap', Buffer.from('hi')))).toContain('begins with 68 69;');
    expect(await refusal(directory.file('text.gz', gzipSync('hello, world')))).toContain('begins with 68 65');
  });

  test.each([
    ['28b52ffd00', 'zstd -dc'],
    ['fd377a585a0000', 'xz -dc'],
    ['425a6839', 'bzip2 -dc'],
    ['504b030414', 'unpack'],
    ['736e6f6f7000000000', 'editcap'],
  ])('%s: %s', async (hex, advice) => {
    expect(await refusal(directory.file(`${hex}.pcap`, Buffer.from(hex, 'hex')))).toContain(advice);
  });

  test('a file that may not be read', async () => {
    // Root reads everything: a file of the kernel that refuses every reader stands in for it.
    const path = '/proc/self/mem';
    expect(await refusal(path)).toMatch(/cannot be opened|not permitted|cannot be read/);
  });
});

test('a descriptor path is read like the file behind it', async () => {
  const path = join(directory.path, 'behind.pcap');
  writeFileSync(path, pcapOf(packets(5)));
  const fd = openSync(path, 'r');
  const source = await openFile(`/dev/fd/${fd}`);
  expect(await drain(source)).toEqual(rowsOf(packets(5)));
  closeSync(fd);
});

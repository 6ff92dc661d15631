import { execFileSync, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { Batch } from '../../src/capture/batch.ts';
import { openFile } from '../../src/sources/file.ts';
import { openStream } from '../../src/sources/stream.ts';
import { drain, packets, pcapHeader, pcapOf, pcapRecord, rowsOf, temporaryDirectory } from './captures.ts';

const directory = temporaryDirectory();

describe('a stream', () => {
  test('rows come before the end, and a wait between', async () => {
    const input = new PassThrough();
    input.write(Buffer.concat([pcapHeader(), pcapRecord({ time: 1, id: 1 })]));
    const source = await openStream('pipe', input);
    const batch = new Batch();
    await source.ready();
    expect(source.next(batch)).toBe('rows');
    expect(source.next(batch)).toBe('wait');
    const record = pcapRecord({ time: 2, id: 2 });
    let ready = false;
    const waiting = source.ready().then(() => (ready = true));
    await sleep(10);
    expect(ready).toBe(false);
    input.write(record.subarray(0, 20));
    await waiting;
    expect(source.next(batch)).toBe('wait');
    input.end(record.subarray(20));
    expect((await drain(source)).map((row) => row.id)).toEqual([2]);
  });

  test('reads ahead up to a bound, and goes on when rows are taken', async () => {
    let given = 0;
    const record = Buffer.concat(packets(1000).map(pcapRecord));
    const input = Readable.from(
      (function* (): Generator<Buffer> {
        yield pcapHeader();
        for (; given < 200; given++) yield record;
      })(),
      { highWaterMark: 1 },
    );
    const source = await openStream('fast', input);
    await sleep(100);
    expect(given).toBeGreaterThan(5);
    expect(given * record.length).toBeLessThan(3 << 20);
    expect(await drain(source)).toHaveLength(200_000);
    expect(given).toBe(200);
  });

  test('a packet of the greatest length, in small pieces', async () => {
    const big = Buffer.alloc(16 + 262_144);
    pcapRecord({ time: 5, id: 5 }).copy(big);
    big.writeUInt32LE(262_144, 8);
    big.writeUInt32LE(262_144, 12);
    const bytes = Buffer.concat([pcapOf(packets(3)), big, big, ...packets(3).map(pcapRecord)]);
    const pieces = Array.from({ length: Math.ceil(bytes.length / 50_000) }, (_, i) =>
      bytes.subarray(i * 50_000, (i + 1) * 50_000),
    );
    const rows = await drain(await openStream('big', Readable.from(pieces)));
    expect(rows.map((row) => row.id)).toEqual([0, 1, 2, 5, 5, 0, 1, 2]);
  });

  test('cut off: the readable part, then the fault', async () => {
    const source = await openStream('cut', Readable.from([pcapOf(packets(4)).subarray(0, -3)]));
    expect(await drain(source)).toEqual(rowsOf(packets(3)));
    expect(source.fault).toMatchObject({ kind: 'truncated', offset: 24 + 3 * 76 });
  });

  test('gzip that is cut off, or has something behind it: the compressed place, after all packets', async () => {
    const zipped = gzipSync(pcapOf(packets(50)));
    const trailing = await openStream('more', Readable.from([zipped, Buffer.from('garbage')]));
    expect(await drain(trailing)).toEqual(rowsOf(packets(50)));
    expect(trailing.fault).toMatchObject({ kind: 'corrupt', offset: zipped.length });
    const cut = await openStream('cut', Readable.from([zipped.subarray(0, -4)]));
    expect(await drain(cut)).toEqual(rowsOf(packets(50)));
    expect(cut.fault).toMatchObject({ kind: 'truncated' });
    expect(cut.fault?.reason).toContain('of the compressed data');
  });

  test('a read error in the middle is a fault, not a crash', async () => {
    const input = new Readable({ read() {} });
    input.push(pcapOf(packets(2)));
    const source = await openStream('broken', input);
    const batch = new Batch();
    await source.ready();
    expect(source.next(batch)).toBe('rows');
    input.destroy(new Error('EIO: the disk is gone'));
    expect(await drain(source)).toEqual([]);
    expect(source.fault).toMatchObject({ kind: 'truncated', offset: 24 + 2 * 76 });
    expect(source.fault?.reason).toContain('the disk is gone');
  });

  test('something that is no capture is refused, and the stream destroyed', async () => {
    for (const bytes of [
      Buffer.from('plain text'),
      gzipSync('plain text'),
      Buffer.from('x'),
      Buffer.alloc(0),
    ]) {
      const input = Readable.from([bytes]);
      await expect(openStream('text', input)).rejects.toThrow(UserError);
      expect(input.destroyed).toBe(true);
    }
    const broken = Buffer.concat([gzipSync('').subarray(0, 10), Buffer.alloc(30, 0xff)]);
    await expect(openStream('zip', Readable.from([broken]))).rejects.toThrow(/gzip data is corrupt/);
  });

  test('stop: what was read comes out, without a fault for the packet that is torn', async () => {
    const input = new PassThrough();
    input.write(pcapOf(packets(5)).subarray(0, -10));
    const source = await openStream('stopped', input);
    source.stop();
    expect(await drain(source)).toEqual(rowsOf(packets(4)));
    expect(source.fault).toBeUndefined();
    expect(input.destroyed).toBe(true);
  });
});

describe('special files', () => {
  test('a FIFO is opened before anybody writes, and blocks nobody', async () => {
    const path = join(directory.path, 'fifo');
    execFileSync('mkfifo', [path]);
    let opened = false;
    const opening = openFile(path).then((source) => {
      opened = true;
      return source;
    });
    await sleep(50);
    expect(opened).toBe(false);
    const writer = createWriteStream(path);
    writer.end(gzipSync(pcapOf(packets(2000))));
    expect(await drain(await opening)).toEqual(rowsOf(packets(2000)));
  });
});

describe('standard input of a process of its own', () => {
  const script = `
    import { Batch } from '${join(import.meta.dirname, '../../src/capture/batch.ts')}';
    import { openStandardInput } from '${join(import.meta.dirname, '../../src/sources/stream.ts')}';
    try {
      const source = await openStandardInput();
      const batch = new Batch();
      let rows = 0;
      for (let state = source.next(batch); state !== 'end'; state = source.next(batch)) {
        rows += batch.count;
        if (state === 'wait') await source.ready();
      }
      await source.close();
      console.log(JSON.stringify({ name: source.name, rows, fault: source.fault ?? null }));
    } catch (error) { console.log(error.name + ': ' + error.message); }
  `;

  /** Runs the script with what `shell` redirects to it. */
  async function stdin(shell: string): Promise<string> {
    const command = `"$NODE" --disable-warning=ExperimentalWarning --input-type=module-typescript -e "$SCRIPT"`;
    const child = spawn('sh', ['-c', shell.replace('READ', command)], {
      env: { ...process.env, NODE: process.execPath, SCRIPT: script },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    for await (const text of child.stdout.setEncoding('utf8')) out += text;
    return out.trim();
  }

  test('a pipe, a file, gzip, nothing, and something else', async () => {
    const plain = directory.file('stdin.pcap', pcapOf(packets(3000)));
    const zipped = directory.file('stdin.gz', gzipSync(pcapOf(packets(3000))));
    const good = '{"name":"-","rows":3000,"fault":null}';
    const outputs = await Promise.all([
      stdin(`cat '${plain}' | READ`),
      stdin(`READ < '${plain}'`),
      stdin(`cat '${zipped}' | READ`),
      stdin('READ < /dev/null'),
      stdin('echo hello | READ'),
    ]);
    expect(outputs.slice(0, 3)).toEqual([good, good, good]);
    expect(outputs[3]).toMatch(/^UserError: standard input is empty/);
    expect(outputs[4]).toMatch(
      /^UserError: standard input is not a capture: it begins with 68 65 6c 6c 6f 0a/,
    );
  });
});

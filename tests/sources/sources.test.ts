import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll } from 'vitest';
import { openFile } from '../../src/sources/file.ts';
import { openStream } from '../../src/sources/stream.ts';
import { pcapOf, temporaryDirectory } from './captures.ts';
import { conforms } from './conformance.ts';
import { missingForLive, openNamespace } from './namespace.ts';

const directory = temporaryDirectory();

conforms({
  name: 'a capture file',
  live: false,
  open: (sent) => openFile(directory.file('plain.pcap', pcapOf(sent))),
});

conforms({
  name: 'a compressed capture file of two members',
  live: false,
  open(sent) {
    const bytes = pcapOf(sent);
    const members = [gzipSync(bytes.subarray(0, 100)), gzipSync(bytes.subarray(100))];
    return openFile(directory.file('members.pcap.gz', Buffer.concat(members)));
  },
});

conforms({
  name: 'a stream in odd pieces',
  live: false,
  open(sent) {
    const bytes = pcapOf(sent);
    function* pieces(): Generator<Buffer> {
      for (let at = 0; at < bytes.length; at += 997) yield bytes.subarray(at, at + 997);
    }
    return openStream('pieces', Readable.from(pieces()), {}, bytes.length);
  },
});

conforms({
  name: 'a compressed stream',
  live: false,
  open: (sent) => openStream('zipped', Readable.from([gzipSync(pcapOf(sent))])),
});

conforms({
  name: 'a FIFO',
  live: false,
  open(sent) {
    const path = join(directory.path, `fifo-${Math.random()}`);
    execFileSync('mkfifo', [path]);
    const opened = openFile(path);
    const file = directory.file('behind-fifo.pcap', pcapOf(sent));
    execFileSync('sh', ['-c', `cat '${file}' > '${path}' 2>/dev/null &`], { stdio: 'ignore' });
    return opened;
  },
});

conforms({
  name: 'a file as a stream of the file system',
  live: false,
  open: (sent) => openStream('-', createReadStream(directory.file('stream.pcap', pcapOf(sent)))),
});

const missing = missingForLive();
const namespace = missing === undefined ? openNamespace('conf') : undefined;
afterAll(() => namespace?.close());

conforms({
  name: 'a live interface',
  live: true,
  missing,
  async open(sent) {
    const source = await namespace!.capture({ filter: 'udp dst port 53' });
    namespace!.send(sent.map((packet) => packet.id));
    return source;
  },
});

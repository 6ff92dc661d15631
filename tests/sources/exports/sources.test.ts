import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll } from 'vitest';
import { openFlowFile } from '../../../src/sources/exports/flow-file.ts';
import type { ListenOptions } from '../../../src/sources/exports/options.ts';
import type { FlowSource } from '../../../src/sources/flow-source.ts';
import { hasTool, temporaryDirectory } from '../captures.ts';
import { conforms } from './conformance.ts';
import { Open, send } from './support.ts';

const directory = temporaryDirectory();
const open = new Open();
afterAll(() => open.close());

async function listen(sent: readonly Buffer[], options: Partial<ListenOptions>): Promise<FlowSource> {
  const source = await open.listen(options);
  await send(await open.sender(), source.address.port, sent);
  return source;
}

conforms({
  name: 'datagrams on the caller\u2019s thread',
  live: true,
  open: (sent) => listen(sent, { receivers: 0 }),
});

conforms({
  name: 'datagrams on a thread of their own',
  live: true,
  open: (sent) => listen(sent, { receivers: 1, protocol: 'ipfix' }),
});

conforms({
  name: 'datagrams on two threads',
  live: true,
  open: (sent) => listen(sent, { receivers: 2 }),
});

conforms({
  name: 'datagrams captured by tcpdump',
  live: true,
  missing: missingForCapture(),
  open: (sent) => listen(sent, { receiver: 'tcpdump' }),
});

conforms({
  name: 'a TCP connection, in odd pieces',
  live: true,
  async open(sent) {
    const source = await open.listen({ protocol: 'ipfix', transport: 'tcp' });
    const socket = connect(source.address.port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    const bytes = Buffer.concat(sent);
    for (let at = 0; at < bytes.length; at += 997) socket.write(bytes.subarray(at, at + 997));
    return source;
  },
});

conforms({
  name: 'an IPFIX file',
  live: false,
  open: (sent) => openFlowFile(directory.file('plain.ipfix', Buffer.concat(sent)), { samplingRate: 1 }),
});

conforms({
  name: 'a compressed IPFIX file of two members',
  live: false,
  open(sent) {
    const bytes = Buffer.concat(sent);
    const members = [gzipSync(bytes.subarray(0, 100)), gzipSync(bytes.subarray(100))];
    return openFlowFile(directory.file('two.ipfix.gz', Buffer.concat(members)), { samplingRate: 1 });
  },
});

/** What the receiver tcpdump lacks on this machine. In CI it must not lack anything. */
function missingForCapture(): string | undefined {
  const missing = [
    process.getuid?.() === 0 ? [] : ['root'],
    hasTool('tcpdump', ['--version']) ? [] : ['tcpdump'],
  ].flat();
  if (missing.length === 0) return undefined;
  if (process.env['CI'] === 'true') throw new Error(`the receiver tcpdump lacks ${missing.join(', ')}`);
  return missing.join(', ');
}

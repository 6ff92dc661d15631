/** `record --ipfix … --transport tcp`: templates live as long as the connection. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { encoder, exportSummaryOf, listening, recentFlow } from './exporters.ts';

test('IPFIX over TCP, cut anywhere', async () => {
  const { port, end } = await listening(
    '--ipfix',
    '--transport',
    'tcp',
    '--cidr',
    '10.0.0.0/8',
    '--summary',
    'json',
  );
  const flow = recentFlow();
  const bytes = encoder('ipfix').datagram([flow]);
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.setNoDelay(true);
  for (const piece of [bytes.subarray(0, 9), bytes.subarray(9, 60), bytes.subarray(60)]) {
    socket.write(piece);
    await sleep(50);
  }
  socket.end();
  await sleep(300);
  const { lines, run } = await end();
  expect(lines).toEqual([
    expect.stringMatching(
      `^eni-[0-9a-f]{17} egress 10.0.0.1 192.0.2.1 1024 443 17 3 300 ${flow.start} ${flow.end} ACCEPT OK$`,
    ),
  ]);
  const summary = exportSummaryOf(run);
  expect(summary.identity).toBe(true);
  expect(summary.exports[0]).toMatchObject({ packets: 3, rows: 1, decoded: { templates: 2, records: 1 } });
}, 60_000);

/** Replays a capture on a data directory that has flow logs, and tells how it goes: JSON lines, the last of kind `end`. */
import { parseConfig } from '../../../src/service/serve/config.ts';
import { startService } from '../../../src/service/serve/service.ts';
import type { ManyEnd, ManyLook } from './many-flow-logs.ts';

const LOOK_MS = 250;

const [directory = '', config = '', capture = ''] = process.argv.slice(2);
const tell = (line: ManyLook | ManyEnd): unknown => process.stdout.write(`${JSON.stringify(line)}\n`);

const service = await startService({ directory, config: parseConfig(config, 'config') });
const look = (): void => {
  const { writing } = service.control.status();
  if (writing === undefined) return;
  const { windows, commits, spoolBytes, failures } = writing;
  tell({
    kind: 'look',
    at: Date.now(),
    rss: process.memoryUsage.rss(),
    windows,
    commits,
    spoolBytes,
    failures,
  });
};
const timer = setInterval(look, LOOK_MS);
const { packets, bytes, windows, rejected } = await service.control.replay([capture], { names: ['many'] });
// The numbers of the writing thread come every second.
for (const end = Date.now() + 10_000; Date.now() < end;) {
  const { writing, flowLogs } = service.control.status();
  if (writing?.spoolBytes === 0 && flowLogs.every(({ amounts }) => amounts?.spooled.rows === 0)) break;
  await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}
clearInterval(timer);
look();
const { writing, flowLogs } = service.control.status();
tell({
  kind: 'end',
  packets,
  bytes,
  windows,
  rejected,
  account: writing!.account,
  unsubscribedRows: writing!.unsubscribedRows,
  flowLogs: flowLogs.map((it) => ({ id: it.flowLog, state: it.state.state, amounts: it.amounts! })),
});
await service.close();

import { once } from 'node:events';
import { Command } from 'commander';
import { UsageError } from '../base/errors.ts';
import { isId } from '../network/ids.ts';
import { openClient, type ServiceFlags, serviceOptions } from './service-options.ts';
import { abortOnSignals } from './signals.ts';
import { count } from './text.ts';

/** `weir tail FLOW_LOG_ID…`: prints records of a running service as they are committed. */
export function tailCommand(): Command {
  return serviceOptions(
    new Command('tail')
      .description('follow flow logs: their records as they are committed, until Ctrl-C')
      .argument('<flow-log-id...>', 'ids as describe-flow-logs shows them'),
  ).action(tail);
}

async function tail(ids: readonly string[], flags: ServiceFlags): Promise<void> {
  const wrong = ids.find((id) => !isId('flowLog', id));
  if (wrong !== undefined)
    throw new UsageError(`${wrong} is no flow log id: write one like fl-0a1b2c3d4e5f60718`);
  const { signal, restore } = abortOnSignals();
  const gone = readerGone();
  try {
    for await (const line of openClient(flags).tail(ids, AbortSignal.any([signal, gone]))) {
      if (line.kind === 'left-out') {
        process.stderr.write(`weir: ${count(line.bytes)} bytes are left out: the reader is too slow\n`);
      } else if (line.kind === 'lines' && !process.stdout.write(line.text)) {
        await once(process.stdout, 'drain', { signal: gone }).catch(() => {});
      }
    }
  } finally {
    restore();
  }
}

/** Aborts when nobody reads standard output any more, as with `| head`: that is no failure. */
function readerGone(): AbortSignal {
  const controller = new AbortController();
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    controller.abort();
  });
  return controller.signal;
}

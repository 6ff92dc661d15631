import { Command } from 'commander';
import { runDemo } from '../service/demo/run.ts';
import { screenOptions } from '../service/demo/screen.ts';

/** What ends the demo early. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** As a shell says that Ctrl-C ended a program. */
const EXIT_INTERRUPTED = 130;

interface DemoFlags {
  readonly keep: boolean;
  readonly shipped: boolean;
}

/** `weir demo`: packets of real programs, by way of the API, into a bucket and a log group. */
export function demoCommand(): Command {
  return new Command('demo')
    .description('the whole way on this machine, in seconds: packets, API, bucket, log group')
    .option('--keep', 'leave the service up until Ctrl-C', false)
    .option('--shipped', 'captures that ship with Weir, not programs in a network of its own', false)
    .action(demo);
}

async function demo(flags: DemoFlags): Promise<void> {
  const ending = new AbortController();
  let left = false;
  const stop = (): void => {
    // The second time at once: folders go when the process exits, the network when its pipe to us breaks.
    if (ending.signal.aborted) process.exit(EXIT_INTERRUPTED);
    ending.abort();
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  // Whoever reads may leave early (| head): that is no failure, and nothing more is to be shown.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    left = true;
    ending.abort();
  });
  try {
    await runDemo({
      ...flags,
      screen: screenOptions(process.stdout, process.env),
      write: (text) => void process.stdout.write(text),
      signal: ending.signal,
    });
  } catch (error) {
    if (!ending.signal.aborted) throw error;
    process.exitCode = left ? 0 : EXIT_INTERRUPTED;
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}

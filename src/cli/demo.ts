import { Command } from 'commander';
import { runDemo } from '../service/demo/run.ts';
import { screenOptions } from '../service/demo/screen.ts';
import { abortOnSignals } from './signals.ts';

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
  const asked = abortOnSignals();
  const left = new AbortController();
  const leave = (): void => left.abort();
  // Whoever looks may leave early (| head, a closed terminal): that is no failure, and nothing is left to show.
  process.once('SIGHUP', leave);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    leave();
  });
  const signal = AbortSignal.any([asked.signal, left.signal]);
  try {
    await runDemo({
      ...flags,
      screen: screenOptions(process.stdout, process.env),
      write: (text) => void process.stdout.write(text),
      signal,
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    if (asked.signal.aborted) process.exitCode = EXIT_INTERRUPTED;
  } finally {
    asked.restore();
    process.off('SIGHUP', leave);
  }
}

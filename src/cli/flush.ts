import { Command } from 'commander';
import { openClient, type ServiceFlags, serviceOptions } from './service-options.ts';

/** `weir flush`: closes windows and slots now. */
export function flushCommand(): Command {
  return serviceOptions(
    new Command('flush').description('close windows and slots of a running service now, and publish them'),
  ).action(async (flags: ServiceFlags) => {
    await openClient(flags).flush();
    process.stderr.write('Flushed: what was recorded is published, but for what a destination refuses.\n');
  });
}

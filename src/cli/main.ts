import { Command, CommanderError } from 'commander';
import { EXIT_FAILED, EXIT_USAGE, UserError } from '../base/errors.ts';

/** The commands, each loaded when it is asked for: `record` should not pay for a database. */
const COMMANDS: Record<string, () => Promise<Command>> = {
  record: async () => (await import('./record.ts')).recordCommand(),
  generate: async () => (await import('./generate.ts')).generateCommand(),
  import: async () => (await import('./import.ts')).importCommand(),
  check: async () => (await import('./check.ts')).checkCommand(),
  serve: async () => (await import('./serve.ts')).serveCommand(),
  replay: async () => (await import('./replay.ts')).replayCommand(),
  flush: async () => (await import('./flush.ts')).flushCommand(),
  tail: async () => (await import('./tail.ts')).tailCommand(),
  keys: async () => (await import('./keys.ts')).keysCommand(),
  fixture: async () => (await import('./fixture.ts')).fixtureCommand(),
  demo: async () => (await import('./demo.ts')).demoCommand(),
};

/** Threads for file I/O, where the launcher has not said: as many as delivery counts on when a disk hangs. */
process.env['UV_THREADPOOL_SIZE'] ??= '16';

async function main(args: readonly string[]): Promise<void> {
  const program = new Command('weir')
    .description('VPC Flow Logs for any network')
    .version('0.1.0')
    .showHelpAfterError('(weir --help, or weir COMMAND --help, says more)')
    .exitOverride();
  const asked = args.find((arg) => !arg.startsWith('-'));
  const only = asked === undefined ? undefined : COMMANDS[asked];
  for (const load of only === undefined ? Object.values(COMMANDS) : [only]) {
    program.addCommand((await load()).copyInheritedSettings(program));
  }
  if (args.length === 0) {
    program.outputHelp({ error: true });
    process.exitCode = EXIT_USAGE;
    return;
  }
  await program.parseAsync(args, { from: 'user' });
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = report(error);
}

/** Says what went wrong; returns the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has already said it; help and version are no errors.
    return error.exitCode === 0 ? 0 : EXIT_USAGE;
  }
  if (error instanceof UserError) {
    process.stderr.write(`weir: ${error.message}\n`);
    return error.exitCode;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`weir: a fault of the program, please report it:\n${text}\n`);
  return EXIT_FAILED;
}

/** `weir fixture`: the records of a documented scenario, or what is wrong on purpose. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Command, Option } from 'commander';
import { UsageError, UserError, messageOf } from '../base/errors.ts';
import type { LogFormat } from '../records/formats.ts';
import { MALFORMED_FILES, MALFORMED_LINES, malformedText } from '../service/fixture/malformed.ts';
import { recordScenario } from '../service/fixture/record.ts';
import { readScenario, type Scenario, scenarioNames } from '../service/fixture/scenario.ts';
import { isGzipPath, openOutput, type Output } from '../service/record/output.ts';
import { collect } from './lists.ts';
import { OUTPUT_KINDS, type OutputFlags, outputFormOf } from './output-form.ts';
import { tagFieldFrom } from './record-network.ts';
import { abortOnSignals } from './signals.ts';
import { plural } from './text.ts';

interface FixtureFlags extends OutputFlags {
  readonly format?: string;
  readonly tagField?: readonly string[];
  readonly interval?: string;
  readonly data?: string;
  readonly to?: string;
  readonly profile?: string;
  readonly about: boolean;
  readonly files?: string;
}

/** What is made without a capture. */
const MALFORMED = 'malformed';
const MALFORMED_TITLE = 'Lines and files that are wrong on purpose';

/** The command. It throws UsageError for a scenario that is not there. */
export function fixtureCommand(): Command {
  return new Command('fixture')
    .description(
      'golden records of a documented scenario, in any format; without a name: the list of scenarios',
    )
    .argument('[name]', 'a scenario')
    .option('--about', 'say what the scenario shows, where it is documented and what it is made of', false)
    .option('--format <format>', "log format: '${version} ${srcaddr} …' (default: the scenario's)")
    .option('--tag-field <type=keys>', 'keys of tag fields: instance=Key,Key; may be repeated', collect)
    .addOption(
      new Option('--interval <seconds>', "aggregation interval (default: the scenario's)").choices([
        '60',
        '600',
      ]),
    )
    .addOption(new Option('--output <kind>', 'what to write').choices(OUTPUT_KINDS).default('text'))
    .option('-o <path>', 'where to: text as gzip by the ending .gz, - for standard output', '-')
    .option('--no-header', 'leave the line of field names out')
    .option('--data <dir>', 'deliver to a flow log: a new data directory, or one that a service runs on')
    .option('--to <url>', "deliver to a running service's flow logs; its network must be the scenario's")
    .option('--profile <name>', 'profile of the AWS files with a key of that service')
    .option('--files <dir>', `${MALFORMED}: write each wrong file into this folder`)
    .action(fixture);
}

async function fixture(name: string | undefined, flags: FixtureFlags): Promise<void> {
  if (name === undefined) return listScenarios();
  if (name === MALFORMED) return malformed(flags);
  if (flags.files !== undefined) throw new UsageError(`--files is for weir fixture ${MALFORMED}`);
  const scenario = readScenario(name, [MALFORMED]);
  if (flags.about) return tell(scenario);
  const given = {
    format: flags.format,
    tagFields: flags.tagField?.map(tagFieldFrom),
    interval:
      flags.interval === undefined ? undefined : flags.interval === '60' ? (60 as const) : (600 as const),
  };
  if (flags.data !== undefined || flags.to !== undefined) return deliver(scenario, flags, given);
  const { o: path, header } = flags;
  const form = outputFormOf(flags);
  const open = (format: LogFormat): Output => openOutput(path, form, format);
  await recordScenario(scenario, { ...given, open, form, header, workers: 0 });
}

function listScenarios(): void {
  const rows = scenarioNames().map((name) => [name, readScenario(name).title] as const);
  const all = [...rows, [MALFORMED, MALFORMED_TITLE] as const].sort(([a], [b]) => (a < b ? -1 : 1));
  const width = Math.max(...all.map(([name]) => name.length));
  process.stdout.write(all.map(([name, title]) => `${name.padEnd(width)}  ${title}\n`).join(''));
}

function tell({ title, shows, source, note, network, captures, ipRanges, format }: Scenario): void {
  const lines = [title, '', shows, '', `Documented in: ${source}`];
  if (note !== undefined) lines.push(`Note: ${note}`);
  lines.push(`Format: ${format ?? 'the default one'}`, `Network: ${network}`);
  if (ipRanges !== undefined) lines.push(`Address ranges: ${ipRanges}`);
  lines.push(...captures.map((capture) => `Capture: ${capture}`));
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

type Given = Pick<Parameters<typeof recordScenario>[1], 'format' | 'tagFields' | 'interval'>;

/** Into a data directory that is made for it, or into a running service, by a replay. */
async function deliver(scenario: Scenario, flags: FixtureFlags, given: Given): Promise<void> {
  if (flags.o !== '-')
    throw new UsageError('-o writes a file, --data and --to deliver to flow logs: give one of them');
  const { data, output } = flags;
  if (flags.to === undefined && data !== undefined && !existsSync(data)) {
    const { deliverScenario } = await import('../service/fixture/flow-log.ts');
    const { signal, restore } = abortOnSignals(() => {});
    try {
      const fileFormat = output === 'parquet' ? 'parquet' : 'plain-text';
      const done = await deliverScenario(scenario, resolve(data), { ...given, fileFormat, signal });
      process.stdout.write(done.keys.map((key) => `${key}\n`).join(''));
      process.stderr.write(
        `weir: ${plural(done.records, 'record')} in ${plural(done.keys.length, 'object')} below ${done.bucket}, ` +
          `of ${done.flowLogs.join(', ')}; weir serve --data ${data} serves them\n`,
      );
    } finally {
      restore();
    }
    return;
  }
  if (scenario.losses.length > 0) {
    throw new UsageError(
      `${scenario.name} cannot be replayed: nothing is lost of a file. Write its records with -o`,
    );
  }
  if (Object.values(given).some((value) => value !== undefined) || output !== 'text') {
    throw new UsageError(
      '--format, --tag-field, --interval and --output are those of the flow logs that the service has',
    );
  }
  process.stderr.write(
    `weir: whose traffic it is says the network of the service: ${scenario.network} makes the documented records\n`,
  );
  const { replayCommand } = await import('./replay.ts');
  const place = ['to', 'data', 'profile'] as const;
  const options = place.flatMap((key) => (flags[key] === undefined ? [] : [`--${key}`, flags[key]]));
  await replayCommand().parseAsync([...scenario.captures, ...options], { from: 'user' });
}

function malformed(flags: FixtureFlags): void {
  const { format, tagField, interval, data, to, files } = flags;
  if ([format, tagField, interval, data, to].some((value) => value !== undefined)) {
    throw new UsageError(`${MALFORMED} is of the default format, and written with -o or --files only`);
  }
  if (flags.output !== 'text') throw new UsageError(`${MALFORMED} is wrong text: --output text only`);
  if (flags.about) {
    const rows = [...MALFORMED_LINES, ...MALFORMED_FILES].map(
      ({ name, explains }) => `${name}: ${explains}\n`,
    );
    process.stdout.write(`${MALFORMED_TITLE}\n\n${rows.join('')}`);
    return;
  }
  if (files !== undefined) return writeFiles(files);
  const text = malformedText(flags.header);
  const bytes = isGzipPath(flags.o) ? gzipSync(text) : text;
  if (flags.o === '-') process.stdout.write(bytes);
  else write(flags.o, bytes);
}

function writeFiles(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new UserError(`cannot make ${folder}: ${messageOf(error)}`, { cause: error });
  }
  write(join(folder, 'lines.log'), malformedText(true));
  for (const { name, explains, content } of MALFORMED_FILES) {
    write(join(folder, name), content);
    process.stdout.write(`${name}: ${explains}\n`);
  }
  process.stdout.write('lines.log: each wrong line between two good ones, in this order\n');
  for (const { name, explains } of MALFORMED_LINES) process.stdout.write(`  ${name}: ${explains}\n`);
}

function write(path: string, content: string | Uint8Array): void {
  try {
    writeFileSync(path, content);
  } catch (error) {
    throw new UserError(`cannot write ${path}: ${messageOf(error)}`, { cause: error });
  }
}

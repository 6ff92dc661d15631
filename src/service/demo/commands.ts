/** Command lines for people to copy: the same with the AWS CLI, and with the reader's own traffic. */
import { existsSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PACKAGE } from '../../base/modules.ts';
import type { Form } from './calls.ts';
import type { Screen } from './screen.ts';

/** How a client reaches the demo's service. */
export interface Reach {
  readonly url: string;
  readonly profile: string;
  /** Files in the formats of AWS tools. */
  readonly credentials: string;
  readonly config: string;
}

/** A checkout has it; an installed package has a command. */
const LAUNCHER = fileURLToPath(new URL('weir', PACKAGE));
/** Where command lines are broken. */
const COMMAND_COLUMNS = 74;

/** How this program is called from here: `./weir` in a checkout, `weir` when it is installed. */
export function launcher(): string {
  if (!existsSync(LAUNCHER)) return 'weir';
  const near = relative(process.cwd(), LAUNCHER);
  const shown = shellWord(near.length < LAUNCHER.length ? near : LAUNCHER);
  return shown.includes(sep) || shown.startsWith("'") ? shown : `.${sep}${shown}`;
}

/** A text as one word of a shell's command line. */
function shellWord(text: string): string {
  return /^[\w./@+:=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** What a shell has to be told before AWS tools use the demo's key. */
export function environmentCommands(reach: Reach): string[] {
  return [
    `export AWS_PROFILE=${reach.profile}`,
    `export AWS_SHARED_CREDENTIALS_FILE=${shellWord(reach.credentials)}`,
    `export AWS_CONFIG_FILE=${shellWord(reach.config)}`,
  ];
}

/** Reading what was delivered, with the AWS CLI; each a command of one or more lines. */
export function readingCommands(url: string, bucket: string, group: string): string[] {
  const aws = `aws --endpoint-url ${url}`;
  return [
    `${aws} s3 ls --recursive s3://${bucket}`,
    `${aws} s3 sync s3://${bucket} objects`,
    `${aws} logs filter-log-events \\\n  --log-group-name ${group} --query 'events[].[message]' --output text`,
    `${aws} ec2 describe-flow-logs`,
  ];
}

/** Making a flow log anew with the AWS CLI, by the parameters of the API. */
export function creatingCommands(url: string, id: string, form: Form): string[] {
  const options = Object.entries(form).map(([name, value]) => {
    const option = name === 'ResourceId.1' ? 'resource-ids' : kebab(name);
    return `--${option} ${shellWord(value)}`;
  });
  const aws = `aws --endpoint-url ${url} ec2`;
  return [
    broken([`${aws} delete-flow-logs`, `--flow-log-ids ${id}`]),
    broken([`${aws} create-flow-logs`, ...options]),
  ];
}

/** A command line in as many lines as it takes, broken between options. */
function broken([command = '', ...options]: readonly string[]): string {
  const lines = [command];
  for (const option of options) {
    const longer = `${lines.at(-1)} ${option}`;
    if (longer.length <= COMMAND_COLUMNS) lines[lines.length - 1] = longer;
    else lines.push(`  ${option}`);
  }
  return lines.join(' \\\n');
}

function kebab(name: string): string {
  return name.replaceAll(/(?<!^)[A-Z]/g, '-$&').toLowerCase();
}

export function showCommands(
  screen: Screen,
  reach: Reach,
  names: {
    readonly bucket: string;
    readonly group: string;
    readonly flowLog: string;
    readonly form: Form;
    readonly keep: boolean;
  },
): void {
  const weir = launcher();
  screen.heading('5. The same with the AWS CLI');
  const commands = [
    ...(names.keep ? environmentCommands(reach) : []),
    ...readingCommands(reach.url, names.bucket, names.group),
    ...creatingCommands(reach.url, names.flowLog, names.form),
  ];
  for (const command of commands) {
    for (const line of command.split('\n')) screen.command(line);
  }
  screen.blank();
  if (names.keep) {
    screen.paragraph(`The service stays at ${reach.url} until Ctrl-C, which removes it.`);
    screen.blank();
    return;
  }
  screen.paragraph(
    `This service ends now, and nothing of it stays. "${weir} demo --keep" leaves one up to try these with, and ` +
      'says where its access key is.',
  );
  screen.heading('6. Your own traffic');
  screen.commands([
    ['sudo tcpdump -c 1000 -w my.pcap', 'a thousand packets; any pcap will do'],
    [`${weir} record my.pcap`, 'records alone: no service, no bucket'],
    [`${weir} serve`, 'the service, for good'],
  ]);
  screen.blank();
}

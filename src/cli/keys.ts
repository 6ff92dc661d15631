import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { UserError } from '../base/errors.ts';
import { askService } from '../identity/admin-client.ts';
import type { KeyCommand, KeyShown } from '../identity/key-commands.ts';
import { keyCommandHandlers } from '../identity/key-commands.ts';
import { KeyRing } from '../identity/keys.ts';
import { DataDirectoryInUse } from '../store/data-directory.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import type { Json } from '../store/store.ts';
import { dataOption } from './service-options.ts';

/** How long to wait for a directory that is held by something which does not answer: a service that starts or
 * stops, another `weir keys`; ms. */
const PATIENCE = 5_000;

interface CommonOptions {
  data: string;
  output: 'table' | 'json';
}

interface CreateOptions extends CommonOptions {
  readOnly?: true;
  account?: string;
  label?: string;
}

interface ListOptions extends CommonOptions {
  account?: string;
}

/** `weir keys`: creates, lists and deletes access keys, effective at once in a running service. */
export function keysCommand(): Command {
  const keys = new Command('keys').description('create, list and delete access keys');
  keys
    .command('create')
    .description('create an access key; its secret is shown this once')
    .option('--read-only', 'a key that may only describe')
    .option('--account <id>', 'the account that the key belongs to (default: the service’s)')
    .option('--label <text>', 'what the key is for')
    .addOption(dataOption())
    .addOption(outputOption())
    .action(async (options: CreateOptions) => {
      const { account, label, readOnly } = options;
      const params: Record<string, Json> = {};
      if (account !== undefined) params['account'] = account;
      if (label !== undefined) params['label'] = label;
      if (readOnly === true) params['readOnly'] = true;
      const key = (await run(options.data, 'keys.create', params)) as unknown as KeyShown;
      print(options.output === 'json' ? json(key) : createdText(key));
      process.stderr.write('Keep the secret now: it is not shown again.\n');
    });
  keys
    .command('list')
    .description('list the access keys, without their secrets')
    .option('--account <id>', 'only those of an account')
    .addOption(dataOption())
    .addOption(outputOption())
    .action(async (options: ListOptions) => {
      requireDirectory(options.data);
      const params: Json = options.account === undefined ? {} : { account: options.account };
      const list = (await run(options.data, 'keys.list', params)) as unknown as KeyShown[];
      print(options.output === 'json' ? json(list) : listText(list));
    });
  keys
    .command('delete')
    .description('delete an access key; requests that it signs are refused from then on')
    .argument('<id>', 'the access key id')
    .addOption(dataOption())
    .addOption(outputOption())
    .action(async (id: string, options: CommonOptions) => {
      requireDirectory(options.data);
      const deleted = await run(options.data, 'keys.delete', { id });
      if (options.output === 'json') print(json(deleted));
      else process.stderr.write(`Deleted ${id}.\n`);
    });
  return keys;
}

function outputOption(): Option {
  return new Option('--output <form>', 'how to print').choices(['table', 'json']).default('table');
}

/** A misspelt directory is named, not made. */
function requireDirectory(data: string): void {
  if (!existsSync(data))
    throw new UserError(`there is no data directory ${resolve(data)}: give it with --data`);
}

/**
 * Has a key command done: by the service that runs on the directory, or, with none, on the directory itself under
 * its lock.
 * @throws {UserError} what the command was refused with
 */
async function run(data: string, command: KeyCommand, params: Json): Promise<Json> {
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    const answer = await askService(resolve(data), command, params);
    if (answer.reached) return answer.result;
    try {
      return await runAlone(data, command, params);
    } catch (error) {
      if (!(error instanceof DataDirectoryInUse) || Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}

async function runAlone(data: string, command: KeyCommand, params: Json): Promise<Json> {
  const store = await openSqliteStore({ directory: data });
  try {
    const ring = await KeyRing.open(store);
    const [oldest] = await ring.list();
    return await keyCommandHandlers(ring, oldest?.account)[command](params);
  } finally {
    await store.close();
  }
}

function print(text: string): void {
  process.stdout.write(text);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function createdText(key: KeyShown): string {
  const rows = [
    ['access key id', key.id],
    ['secret access key', key.secret ?? ''],
    ['account', key.account],
    ['may', key.readOnly ? 'only describe' : 'do everything'],
    ...(key.label === '' ? [] : [['label', key.label]]),
  ];
  return rows.map(([name, value]) => `${name!.padEnd(19)}${value}\n`).join('');
}

function listText(keys: readonly KeyShown[]): string {
  const rows = [
    ['ACCESS KEY ID', 'ACCOUNT', 'MAY', 'CREATED', 'LABEL'],
    ...keys.map((key) => [
      key.id,
      key.account,
      key.readOnly ? 'describe' : 'everything',
      key.created,
      key.label,
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

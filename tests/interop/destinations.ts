/** Destinations of other makers under a service: what weir.yaml says of them, and boto3 that reads them. */
import { execFile, execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import type { StatusAnswer, Weir } from '../../src/index.ts';
import { type Moto, MOTO_KEY } from './moto-server.ts';

const run = promisify(execFile);
const ROOT = new URL('../../', import.meta.url).pathname;

export const REGION = 'eu-central-1';

/** Where a flow log's records lie. */
export type Place =
  | { readonly bucket: string; readonly prefix: string; readonly form: 'text' | 'parquet' | 'messages' }
  | { readonly group: string };

export interface DeliveredObject {
  readonly key: string;
  /** Of text its header, of Parquet names and types. */
  readonly columns: readonly (string | readonly [name: string, type: string])[] | null;
  readonly sha256: string;
  readonly rows: number;
}

/** What boto3 found there. */
export interface Contents {
  readonly lines: readonly string[];
  readonly objects: readonly DeliveredObject[];
  readonly streams: readonly { readonly name: string; readonly times: readonly number[] }[];
}

export interface Stream {
  readonly name: string;
  readonly bucket: string;
  readonly prefix: string;
}

/** boto3, moto server and pyarrow, at a moto server. */
export class Destinations {
  readonly #python: string;
  readonly #moto: Moto;

  constructor(python: string, moto: Moto) {
    this.#python = python;
    this.#moto = moto;
  }

  make(buckets: readonly string[], streams: readonly Stream[] = []): Promise<unknown> {
    return this.#ask('make', { buckets, streams });
  }

  async read(places: readonly Place[]): Promise<readonly Contents[]> {
    return (await this.#ask('read', places)) as Contents[];
  }

  async #ask(task: 'make' | 'read', input: unknown): Promise<unknown> {
    const script = new URL('destinations.py', import.meta.url).pathname;
    const options = { env: this.#moto.environment, maxBuffer: 512 << 20 };
    const asked = run(this.#python, [script, this.#moto.url, task], options);
    asked.child.stdin!.end(JSON.stringify(input));
    return JSON.parse((await asked).stdout) as unknown;
  }

  /** Keys of weir.yaml that send everything to the moto server; `folder` is where the key may stand in a file. */
  config(folder: string, url = this.#moto.url): Readonly<Record<string, unknown>> {
    const file = join(folder, 'destinations.ini');
    const { accessKeyId, secretAccessKey } = MOTO_KEY;
    const text = `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
    writeFileSync(file, text, { mode: 0o600 });
    const reached = { endpoint: url, region: REGION, credentials: { file } };
    return {
      region: REGION,
      destinations: {
        s3: { type: 's3', pathStyle: true, ...reached },
        logs: { type: 'cloudwatch-logs', ...reached },
        firehose: { type: 'firehose', ...reached },
      },
      roles: [{ role: 'arn:aws:iam::*:role/*' }],
    };
  }
}

/** S1.2, of every flow log, in rows, packets and bytes. */
export function checkIdentity(status: StatusAnswer): void {
  for (const { flowLog, amounts } of status.flowLogs) {
    for (const what of ['rows', 'packets', 'bytes'] as const) {
      // Without amounts it has selected nothing.
      if (amounts === undefined) continue;
      const { selected, delivered, spooled, givenUp } = amounts;
      const sum = delivered[what] + spooled[what] + givenUp[what];
      expect({ flowLog, what, sum }).toEqual({ flowLog, what, sum: selected[what] });
    }
  }
}

/** Waits until `rows` are delivered of all flow logs and nothing is spooled; then nothing was given up. */
export async function whenDelivered(weir: Weir, rows: number, seconds = 60): Promise<StatusAnswer> {
  for (const end = Date.now() + seconds * 1000; ; await sleep(50)) {
    // What it says of amounts comes some moments later than what is delivered.
    const status = weir.status();
    const left = status.flowLogs.filter(
      ({ amounts, state }) => (amounts?.spooled.rows ?? 0) > 0 || state === 'failing',
    );
    const delivered = status.flowLogs.reduce((sum, it) => sum + (it.amounts?.delivered.rows ?? 0), 0);
    if ((left.length > 0 || delivered < rows) && Date.now() < end) continue;
    expect({ left, delivered }).toEqual({ left: [], delivered: rows });
    checkIdentity(status);
    expect(status.flowLogs.filter(({ amounts }) => (amounts?.givenUp.rows ?? 0) > 0)).toEqual([]);
    return status;
  }
}

/** How many of some lines are flows, and not NODATA or SKIPDATA: those of no status all are. */
export function flowsAmong(lines: readonly string[], fields: readonly string[]): number {
  const column = fields.indexOf('log-status');
  return column < 0 ? lines.length : lines.filter((line) => line.split(' ')[column] === 'OK').length;
}

/** As `weirCommand`, beside other work. */
export async function weirOutput(args: readonly string[]): Promise<string> {
  return (await run(join(ROOT, 'weir'), args, { maxBuffer: 256 << 20 })).stdout;
}

/** Standard output of a `weir` command. */
export function weirCommand(args: readonly string[]): string {
  const options = { encoding: 'utf8' as const, maxBuffer: 256 << 20, stdio: 'pipe' as const };
  return execFileSync(join(ROOT, 'weir'), args, options);
}

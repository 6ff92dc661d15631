/** `weir serve` inside a program of one's own: on any port of this machine, with a key that is made for it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { UsageError, UserError } from '../../base/errors.ts';
import { generateKey } from '../../identity/keys.ts';
import { LineQueue } from '../endpoint/line-queue.ts';
import { shownSummary, withNames } from '../endpoint/names.ts';
import { type ReplayDone, shownStatus, type StatusAnswer } from '../endpoint/messages.ts';
import type { ReplayOptions } from '../serve/control.ts';
import { parseConfig, type ServiceConfig } from '../serve/config.ts';
import { logOnlyTrouble } from '../serve/log.ts';
import { startService } from '../serve/service.ts';

export interface WeirOptions {
  /** The data directory; without one, nothing is left when the service is closed. */
  readonly directory?: string;
  /** The network: the path of a network.yaml, its text (of more than one line, or in braces), or what it parses to.
   * Without it: one VPC that discovers the private ranges. */
  readonly network?: string | Readonly<Record<string, unknown>>;
  /** Keys of weir.yaml, as it parses; paths in it are taken from the working directory. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Writes every line of the log to standard error, not only what is amiss. */
  readonly verbose?: boolean;
}

/** Paths of capture files, or their bytes (pcap or pcapng, plain or gzip); several are merged by time. */
export type ReplayCaptures = string | Uint8Array | readonly (string | Uint8Array)[];

export type WeirReplayOptions = Omit<ReplayOptions, 'names'>;

/** A service that answers. */
export interface Weir {
  /** `http://127.0.0.1:PORT`, the endpoint of EC2, STS, S3 and CloudWatch Logs alike; both names are for
   * convenience. */
  readonly url: string;
  readonly endpoint: string;
  /** With `tls: generated`: the certificate that a client has to trust, in PEM. */
  readonly ca: string | undefined;
  readonly region: string;
  readonly account: string;
  /** A key that may do everything, of this run. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Records captures in event time, and delivers them to the flow logs that there are; resolves when it is
   * published. Rejects when a capture cannot be opened; what ends in the middle is told in `faults`. */
  replay(captures: ReplayCaptures, options?: WeirReplayOptions): Promise<ReplayDone>;
  /** Closes what is open of live sources and publishes everything. */
  flush(): Promise<void>;
  /** Records of a flow log as they are committed, some whole lines at a time, until `signal` or the end of the
   * service. */
  tail(
    flowLog: string,
    options?: { readonly region?: string; readonly signal?: AbortSignal },
  ): Promise<AsyncGenerator<string>>;
  /** Of every flow log of the account and its region: how it is delivered, and the full reason when it is not. */
  status(): StatusAnswer;
  /** Ends the service within 10 s. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Starts a service.
 * @throws {UserError} for a configuration or network that cannot be, with the places of all faults
 */
export async function startWeir(options: WeirOptions = {}): Promise<Weir> {
  if (options.verbose !== true) logOnlyTrouble();
  const scratch = await mkdtemp(join(tmpdir(), 'weir-'));
  try {
    return await start(options, scratch);
  } catch (error) {
    await rm(scratch, { recursive: true, force: true });
    throw error;
  }
}

async function start(options: WeirOptions, scratch: string): Promise<Weir> {
  const config = await configOf(options, scratch);
  const { account, region } = config;
  const key = generateKey({ account, label: 'of this run' });
  const service = await startService({
    config,
    directory: options.directory === undefined ? undefined : resolve(options.directory),
    environment: {
      WEIR_ACCESS_KEY_ID: key.id,
      WEIR_SECRET_ACCESS_KEY: key.secret,
      WEIR_ACCOUNT_ID: account,
    },
  });
  const { control, url } = service;
  const tails = new Set<LineQueue>();
  let captures = 0;
  let closed: Promise<void> | undefined;

  async function pathOf(capture: string | Uint8Array): Promise<string> {
    if (typeof capture === 'string') return resolve(capture);
    const path = join(scratch, `capture-${captures++}`);
    await writeFile(path, capture);
    return path;
  }

  return {
    url,
    endpoint: url,
    ca: config.tls?.type === 'generated' ? service.certificate?.certificate : undefined,
    region,
    account,
    credentials: { accessKeyId: key.id, secretAccessKey: key.secret },
    async replay(given, replayOptions = {}) {
      const list = typeof given === 'string' || given instanceof Uint8Array ? [given] : given;
      if (list.length === 0) throw new UsageError('there is nothing to replay: give a capture');
      const names = list.map((capture, k) => (typeof capture === 'string' ? capture : `capture ${k + 1}`));
      const files = await Promise.all(list.map(pathOf));
      try {
        return shownSummary(await control.replay(files, { ...replayOptions, names }), files, names);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        throw new UserError(withNames(error.message, files, names), { cause: error });
      } finally {
        const written = files.filter((_, k) => typeof list[k] !== 'string');
        await Promise.all(written.map((file) => rm(file, { force: true })));
      }
    },
    flush: () => control.flush(),
    async tail(flowLog, { region: asked = region, signal } = {}) {
      const queue = new LineQueue();
      const stop = await control.tail({ account, region: asked }, [flowLog], (id, text) =>
        queue.push(id, text),
      );
      tails.add(queue);
      const end = (): void => queue.end();
      signal?.addEventListener('abort', end);
      if (signal?.aborted === true) end();
      return textsOf(queue, () => {
        stop();
        tails.delete(queue);
        signal?.removeEventListener('abort', end);
      });
    },
    status: () => shownStatus(control.status({ account, region })),
    close: () =>
      (closed ??= (async () => {
        for (const tail of tails) tail.end();
        await service.close();
        await rm(scratch, { recursive: true, force: true });
      })()),
  };
}

async function* textsOf(queue: LineQueue, end: () => void): AsyncGenerator<string> {
  try {
    for await (const line of queue.lines()) {
      if (line.kind === 'lines') yield line.text;
      if (line.kind === 'left-out')
        throw new UserError(`${line.bytes} bytes of records were not read in time: read on faster`);
    }
  } finally {
    end();
  }
}

async function configOf({ config = {}, network }: WeirOptions, scratch: string): Promise<ServiceConfig> {
  const parsed = parseConfig(JSON.stringify({ listen: '127.0.0.1:0', ...config }), 'config');
  if (network === undefined) return parsed;
  if (typeof network === 'string' && !/^\s*\{|\n/.test(network))
    return { ...parsed, network: resolve(network) };
  const path = join(scratch, 'network.yaml');
  await writeFile(path, typeof network === 'string' ? network : JSON.stringify(network));
  return { ...parsed, network: path };
}

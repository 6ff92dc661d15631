/** moto server from PyPI: S3, CloudWatch Logs, Firehose, SQS and STS on one port of loopback, in memory. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What it takes for an access key; it verifies no signatures. */
export const MOTO_KEY = { accessKeyId: 'AKIAMOTOMOTOMOTOMOTO', secretAccessKey: 'a-secret-of-no-one' };
/** The account that it takes everybody for. */
export const MOTO_ACCOUNT = '123456789012';

const STARTS_WITHIN_MS = 60_000;

export interface Moto {
  readonly url: string;
  /** For programs of other languages: the key and region, and nothing of this machine's own settings. */
  readonly environment: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

/** Starts it under a Python that has it. @throws Error with what it said when it ends before it listens */
export async function startMoto(python: string, region: string): Promise<Moto> {
  const port = await freePort();
  const child = spawn(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', LANG: 'C.UTF-8' },
  });
  let said = '';
  // It logs each request: what is kept is the beginning, where faults of the start are.
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (said.length < 1 << 14) said += text;
  });
  const ended = once(child, 'close');
  for (const end = Date.now() + STARTS_WITHIN_MS; !(await listens(port)); await sleep(100)) {
    if (child.exitCode !== null) throw new Error(`moto server ended with ${child.exitCode}: ${said}`);
    if (Date.now() > end) throw new Error(`moto server does not listen: ${said}`);
  }
  return {
    url: `http://127.0.0.1:${port}`,
    environment: {
      PATH: process.env['PATH'] ?? '',
      HOME: '/nonexistent',
      LANG: 'C.UTF-8',
      AWS_ACCESS_KEY_ID: MOTO_KEY.accessKeyId,
      AWS_SECRET_ACCESS_KEY: MOTO_KEY.secretAccessKey,
      AWS_DEFAULT_REGION: region,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_MAX_ATTEMPTS: '1',
    },
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

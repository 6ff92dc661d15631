/** Sinks on the embedded S3, a proxy that spoils requests on the way there, and stores that answer what a test says. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { AwsClients, type ClientLimits } from '../../../src/delivery/aws/clients.ts';
import { createS3Sink, type S3Sink } from '../../../src/delivery/aws/s3.ts';
import type { AwsDestination, S3Options } from '../../../src/delivery/aws/settings.ts';

export const KEY = {
  accessKeyId: 'AKIAEXAMPLE000000001',
  secretAccessKey: 'secret/of+the-example-key-with-40-chars.',
};
export const MIB = 1024 * 1024;

/** A sink whose connections end with the test. */
export function sinkAt(
  destination: AwsDestination,
  options?: S3Options,
  limits?: Partial<ClientLimits>,
  clock?: () => number,
): S3Sink {
  const clients = new AwsClients({ credentials: KEY, ...destination }, limits);
  onTestFinished(() => clients.destroy());
  return createS3Sink(clients, options, clock);
}

/** A body of its own each time, in pieces. */
export async function* inPieces(bytes: Uint8Array, length = 300_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

/** Bytes that are the same for the same seed, and compress badly. */
export function bytesOf(length: number, seed = 1): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let state = seed >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

export async function thrownBy(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => {
      throw new Error('it was expected to fail');
    },
    (error: unknown) => error as Error,
  );
}

/** What becomes of a request: its answer is thrown away, it never comes, or all is well. */
type Fate = 'lose the answer' | 'hang' | 'pass';

export interface Proxy {
  readonly url: string;
  /** Request lines, in order. */
  readonly requests: string[];
  fate: (request: string) => Fate;
}

/** A TCP proxy to a port of this machine. */
export async function proxyTo(port: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const proxy = { url: '', requests: [] as string[], fate: (): Fate => 'pass' } as {
    url: string;
    requests: string[];
    fate: (request: string) => Fate;
  };
  const server = createTcpServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    let fate: Fate = 'pass';
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        (socket === client ? upstream : client).destroy();
      });
    }
    client.on('data', (bytes: Buffer) => {
      const [, line] =
        /^((?:GET|HEAD|PUT|POST|DELETE) \S+) HTTP\/1\.1\r\n/.exec(bytes.toString('latin1')) ?? [];
      if (line !== undefined) {
        proxy.requests.push(line);
        fate = proxy.fate(line);
      }
      if (fate !== 'hang') upstream.write(bytes);
    });
    upstream.on('data', (bytes: Buffer) => {
      // Once it answers, it has accepted the request.
      if (fate === 'lose the answer') client.destroy();
      else client.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  proxy.url = `http://localhost:${(server.address() as AddressInfo).port}`;
  return proxy;
}

export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** What a store answers; undefined: nothing, ever. */
export interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

export interface FakeStore {
  readonly url: string;
  readonly port: number;
  readonly requests: SeenRequest[];
  answer: (request: SeenRequest) => Answer | undefined;
}

/** An HTTP server that answers what the test says. */
export async function fakeStore(answer: FakeStore['answer'], keepBodies = true): Promise<FakeStore> {
  const store = { url: '', port: 0, requests: [] as SeenRequest[], answer };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => {
      if (keepBodies) pieces.push(piece);
    });
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const seen = { method, url, headers, body: Buffer.concat(pieces) };
      store.requests.push(seen);
      const given = store.answer(seen);
      if (given === undefined) return;
      response.writeHead(given.status, given.headers);
      response.end(given.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  store.port = (server.address() as AddressInfo).port;
  store.url = `http://127.0.0.1:${store.port}`;
  return store;
}

/** An error as S3 words it. */
export function s3Error(status: number, code: string, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/xml', 'x-amz-request-id': 'REQUEST1', ...headers },
    body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>because ${code}</Message></Error>`,
  };
}

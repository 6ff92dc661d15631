/**
 * The HTTP listener: bounded in every direction, and free of any protocol.
 *
 * node:http is used as it is, without a framework above it: a signature is verified over the raw request
 * target and raw headers (S8.3), which a parsed URL no longer holds.
 *
 * One connection's requests are answered one after the other. A slow, silent or hostile client costs one
 * connection until a timeout; when all connections are taken, the one that has been quiet the longest makes
 * room, so that a client that does send its request is never kept out by clients that do not.
 */
import { randomUUID } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { messageOf, UserError } from '../base/errors.ts';
import { BodyBudget, readBody } from './body.ts';
import { Connections } from './connections.ts';
import {
  type Endpoint,
  genericRefusal,
  type RawResponse,
  type RequestHead,
  type Routing,
  type StreamingEndpoint,
} from './endpoint.ts';
import type { WireError } from './envelopes.ts';
import { LISTENER_LIMITS, type ListenerLimits } from './limits.ts';
import { BodyError, StreamedBody } from './request-body.ts';
import { send, sendOnSocket } from './send.ts';

export interface ListenerOptions {
  readonly host: string;
  /** 0 is any free port. */
  readonly port: number;
  readonly routing: Routing;
  /** With it, the port speaks TLS and nothing else. */
  readonly tls?: TlsKey | undefined;
  readonly limits?: Partial<ListenerLimits>;
  /** Told of every fault of the program: a handler that rejects, an answer that cannot be written. */
  readonly onFault?: (error: unknown) => void;
}

/** What a port that speaks TLS shows and proves, in PEM: the certificate with those between it and a root. */
export interface TlsKey {
  readonly certificate: string;
  readonly key: string;
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** What the listener counts. */
export interface ListenerCounters {
  connections: number;
  /** Closed to make room for a new connection. */
  evicted: number;
  /** Connections that did not come to speak TLS: no TLS at all, no trust in the certificate, too slow. */
  tlsFailures: number;
  requests: number;
  /** Bodies that were drawn piece by piece and did not come to their end: the client left, or was too slow. */
  readonly bodiesCut: { gone: number; slow: number };
  /** Refused by the listener itself, by HTTP status. */
  readonly refused: Map<number, number>;
  faults: number;
}

const TOO_LARGE: WireError = {
  code: 'RequestEntityTooLarge',
  message: 'The request body is too large.',
  status: 413,
};
const OVERLOADED: WireError = {
  code: 'ServiceUnavailable',
  message: 'The server is overloaded and cannot handle the request.',
  status: 503,
};
const TOO_SLOW: WireError = {
  code: 'RequestTimeout',
  message: 'Your socket connection to the server was not read from or written to within the timeout period.',
  status: 400,
};
const TOO_MANY_HEADERS: WireError = {
  code: 'RequestHeaderSectionTooLarge',
  message: 'The request has too many headers.',
  status: 431,
};
const FAULT: WireError = { code: 'InternalError', message: 'An internal error has occurred', status: 500 };

/** An inert listener until `start`; `stop` may be called at any time, and more than once. */
export class HttpListener {
  readonly counters: ListenerCounters = {
    connections: 0,
    evicted: 0,
    tlsFailures: 0,
    requests: 0,
    bodiesCut: { gone: 0, slow: 0 },
    refused: new Map(),
    faults: 0,
  };
  readonly #options: ListenerOptions;
  readonly #limits: ListenerLimits;
  readonly #server: Server | SecureServer;
  /** Connections that have not agreed on TLS yet, by the client's address and port. */
  readonly #agreeing = new Map<string, Socket>();
  readonly #connections: Connections;
  readonly #budget: BodyBudget;
  #closed: Promise<void> | undefined;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#limits = { ...LISTENER_LIMITS, ...options.limits };
    this.#connections = new Connections(this.#limits.maxConnections);
    this.#budget = new BodyBudget(this.#limits.maxBufferedBytes);
    const { headersTimeoutMs, requestTimeoutMs } = this.#limits;
    const bounds: ServerOptions = {
      maxHeaderSize: this.#limits.maxHeaderBytes,
      headersTimeout: headersTimeoutMs,
      // How long a body may take is the business of who reads it: 5 GB may take their time.
      requestTimeout: 0,
      keepAliveTimeout: this.#limits.keepAliveMs,
      // A request without Host reaches its endpoint, which refuses it in its own words (the signature covers it).
      requireHostHeader: false,
      connectionsCheckingInterval: Math.max(50, Math.min(headersTimeoutMs, requestTimeoutMs) / 4),
    };
    this.#server = options.tls === undefined ? createServer(bounds) : this.#secureServer(options.tls, bounds);
    // No limit here: Node would drop the headers beyond it in silence. They are counted in #answer.
    this.#server.maxHeadersCount = 0;
    this.#server.timeout = this.#limits.idleTimeoutMs;
    this.#server.on('connection', (socket) => this.#onConnection(socket));
    this.#server.on('timeout', (socket) => {
      // A handler that takes its time is no idle client.
      if (!this.#connections.isHandling(socket)) socket.destroy();
    });
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
      this.#onClientError(error, socket as Socket),
    );
    this.#server.on('request', (request, response) => this.#onRequest(request, response, false));
    this.#server.on('checkExpectation', (request, response) => this.#onRequest(request, response, false));
    this.#server.on('checkContinue', (request, response) => this.#onRequest(request, response, true));
  }

  /** Shows another certificate to those who connect from here on; no effect where TLS is not spoken.
   * @throws what node:tls finds wrong with it: then the one before stays */
  renewTls({ certificate, key }: TlsKey): void {
    if ('setSecureContext' in this.#server) this.#server.setSecureContext({ cert: certificate, key });
  }

  /** Binds, and says where. Throws a UserError when the address cannot be had. */
  start(): Promise<ListenAddress> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) =>
        reject(new UserError(`cannot listen on ${host}:${port}: ${messageOf(error)}`, { cause: error })),
      );
      this.#server.listen({ host, port, backlog: 511 }, () => {
        this.#server.removeAllListeners('error');
        this.#server.on('error', (error) => this.#fault(error));
        const address = this.#server.address() as AddressInfo;
        resolve({ host: address.address, port: address.port });
      });
    });
  }

  /** Takes no more connections, lets what is being answered finish for `graceMs`, then closes the rest. */
  stop(graceMs = 5_000): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      const timer = setTimeout(() => this.#connections.destroyAll(), graceMs);
      this.#server.close(() => {
        clearTimeout(timer);
        resolve();
      });
      this.#connections.stop();
    });
    return this.#closed;
  }

  /** Bytes of request bodies that are held at the moment. */
  get bufferedBytes(): number {
    return this.#budget.used;
  }

  #secureServer({ certificate, key }: TlsKey, bounds: ServerOptions): SecureServer {
    const server = createSecureServer({
      ...bounds,
      cert: certificate,
      key,
      handshakeTimeout: this.#limits.headersTimeoutMs,
    });
    server.on('secureConnection', (secured) => {
      const raw = this.#agreeing.get(peerOf(secured));
      secured.on('error', ignore);
      this.#agreeing.delete(peerOf(secured));
      if (raw === undefined) secured.destroy();
      else this.#connections.replace(raw, secured);
    });
    server.on('tlsClientError', () => this.counters.tlsFailures++);
    return server;
  }

  #onConnection(socket: Socket): void {
    this.counters.connections++;
    this.counters.evicted += this.#connections.add(socket);
    socket.on('error', ignore); // resets are the client's right; 'close' follows
    if (this.#options.tls === undefined) return;
    const peer = peerOf(socket);
    this.#agreeing.set(peer, socket);
    socket.once('close', () => {
      if (this.#agreeing.get(peer) === socket) this.#agreeing.delete(peer);
    });
  }

  #onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
    // What has not agreed on TLS cannot be told anything.
    const isTold = socket.writable && this.#connections.has(socket);
    if (!isTold || this.#connections.isBusy(socket) || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    const refusal = clientErrorOf(error);
    this.#countRefusal(refusal);
    sendOnSocket(socket, genericRefusal(refusal, randomUUID()));
  }

  #onRequest(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    this.counters.requests++;
    const { socket } = request;
    response.on('error', ignore);
    if (socket.destroyed) return; // the rest of what was read before it was closed
    if (this.#connections.pending(socket) >= this.#limits.maxPipelined) {
      this.#countRefusal(OVERLOADED);
      socket.destroy();
      return;
    }
    this.#connections.queue(socket, () => this.#answer(request, response, expectsContinue));
  }

  async #answer(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): Promise<void> {
    if (request.socket.destroyed) return;
    const head = headOf(request);
    let endpoint: Endpoint | StreamingEndpoint | undefined;
    let held = 0;
    try {
      endpoint = this.#options.routing(head);
      if (head.headers.length > this.#limits.maxHeaderCount) {
        await this.#refuse(endpoint, head, TOO_MANY_HEADERS, response);
        return;
      }
      if ('handleStream' in endpoint) {
        await this.#answerStream(endpoint, head, request, response, expectsContinue);
        return;
      }
      if (expectsContinue) {
        if (Number(request.headers['content-length'] ?? 0) > endpoint.maxBodyBytes) {
          await this.#refuse(endpoint, head, TOO_LARGE, response);
          return;
        }
        response.writeContinue();
      }
      const outcome = await readBody(
        request,
        endpoint.maxBodyBytes,
        this.#budget,
        this.#limits.requestTimeoutMs,
      );
      if (outcome.kind === 'gone') return;
      if (outcome.kind !== 'whole') {
        const error = outcome.kind === 'too_large' ? TOO_LARGE : OVERLOADED;
        await this.#refuse(endpoint, head, error, response);
        return;
      }
      held = outcome.body.length;
      const { body } = outcome;
      const whole = endpoint;
      const answer = await this.#handle(request.socket, (signal) => whole.handle({ ...head, body }, signal));
      await send(response, answer, this.#closed !== undefined);
    } catch (error) {
      this.#fault(error);
      if (response.headersSent) response.destroy();
      else await send(response, endpoint?.refuse(head, FAULT) ?? genericRefusal(FAULT, randomUUID()), true);
    } finally {
      this.#budget.give(held);
    }
  }

  async #answerStream(
    endpoint: StreamingEndpoint,
    head: RequestHead,
    request: IncomingMessage,
    response: ServerResponse,
    expectsContinue: boolean,
  ): Promise<void> {
    const { socket } = request;
    const body = new StreamedBody(request, {
      budget: this.#budget,
      pace: this.#limits,
      // A client that is waited for is quiet: it makes room for others, as if it had sent no request yet.
      waiting: (now) => this.#connections.handling(socket, !now),
      toContinue: expectsContinue ? response : undefined,
    });
    request.on('error', ignore);
    try {
      const answer = await this.#handle(socket, (signal) => endpoint.handleStream({ ...head, body }, signal));
      const isWhole = await body.drain();
      await send(response, answer, !isWhole || this.#closed !== undefined);
    } catch (error) {
      if (!(error instanceof BodyError)) throw error;
      this.counters.bodiesCut[error.reason === 'gone' ? 'gone' : 'slow']++;
      if (error.reason === 'gone') return;
      await this.#refuse(endpoint, head, TOO_SLOW, response);
    } finally {
      body.release();
    }
  }

  async #handle(
    socket: Socket,
    handler: (signal: AbortSignal) => Promise<RawResponse>,
  ): Promise<RawResponse> {
    const gone = new AbortController();
    const onClose = (): void => gone.abort();
    socket.once('close', onClose);
    this.#connections.handling(socket, true);
    try {
      return await handler(gone.signal);
    } finally {
      this.#connections.handling(socket, false);
      socket.off('close', onClose);
    }
  }

  async #refuse(
    endpoint: Endpoint | StreamingEndpoint,
    head: RequestHead,
    error: WireError,
    response: ServerResponse,
  ): Promise<void> {
    this.#countRefusal(error);
    await send(response, endpoint.refuse(head, error), true);
  }

  #countRefusal(error: WireError): void {
    this.counters.refused.set(error.status, (this.counters.refused.get(error.status) ?? 0) + 1);
  }

  #fault(error: unknown): void {
    this.counters.faults++;
    this.#options.onFault?.(error);
  }
}

/** Where a connection comes from: no two that are open have the same. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function headOf(request: IncomingMessage): RequestHead {
  const headers: [string, string][] = [];
  const raw = request.rawHeaders;
  for (let i = 0; i + 1 < raw.length; i += 2) headers.push([raw[i]!, raw[i + 1]!]);
  const peer = request.socket.remoteAddress;
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    headers,
    ...(peer === undefined ? {} : { peer }),
  };
}

/** What Node's HTTP parser found wrong, as an answer. */
function clientErrorOf(error: NodeJS.ErrnoException): WireError {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        code: 'RequestHeaderSectionTooLarge',
        message: 'The request line and headers are too large.',
        status: 431,
      };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return {
        code: 'RequestTimeout',
        message: 'The request was not received within the timeout period.',
        status: 408,
      };
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return TOO_LARGE;
    default:
      return { code: 'BadRequest', message: 'The request is not well-formed HTTP.', status: 400 };
  }
}

function ignore(): void {
  // Resets and broken pipes: the connection's 'close' is what is acted on.
}

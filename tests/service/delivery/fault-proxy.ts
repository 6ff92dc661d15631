/** A proxy of HTTP between a service and a destination that can be told to fail. Requests go on byte for byte. */
import { once } from 'node:events';
import {
  Agent,
  type ClientRequest,
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A request as faults are chosen by it. */
export interface Asked {
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  /** The operation of a JSON protocol, without what stands before the dot; undefined for S3. */
  readonly operation: string | undefined;
  /** The access key that it is signed with. */
  readonly key: string | undefined;
  /** Which request it is, from 0. */
  readonly number: number;
}

export type Fault =
  /** An answer in the destination's place, which sees nothing of the request. */
  | { readonly do: 'answer'; readonly status: number; readonly body: string; readonly type?: string }
  /** The request is read, and nothing ever comes back. */
  | { readonly do: 'hang' }
  /** The destination does what it is asked, and its answer is lost. */
  | { readonly do: 'lose' }
  /** The connection ends in the middle of the request's body; the destination sees half of it. */
  | { readonly do: 'cut' }
  /** The connection ends when the request has come; the destination sees nothing of it. */
  | { readonly do: 'reset' };

export const SLOW_DOWN: Fault = {
  do: 'answer',
  status: 503,
  type: 'application/xml',
  body: '<?xml version="1.0" encoding="UTF-8"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>',
};
export const ACCESS_DENIED: Fault = {
  do: 'answer',
  status: 403,
  type: 'application/xml',
  body: '<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>',
};
export const INTERNAL_ERROR: Fault = {
  do: 'answer',
  status: 500,
  type: 'application/xml',
  body: '<?xml version="1.0" encoding="UTF-8"?><Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>',
};

/** An error of a JSON protocol. */
export function jsonError(code: string, message: string, status = 400): Fault {
  const body = JSON.stringify({ __type: code, message });
  return { do: 'answer', status, type: 'application/x-amz-json-1.1', body };
}

export class FaultProxy {
  readonly #server = createServer((request, response) => this.#serve(request, response));
  readonly #agent = new Agent({ keepAlive: true });
  readonly #sockets = new Set<Socket>();
  readonly #hanging = new Set<Socket>();
  #target: URL | undefined;
  #port = 0;
  #fault: (asked: Asked) => Fault | undefined = () => undefined;
  /** Requests that came. */
  requests = 0;
  /** Those that met a fault. */
  faults = 0;
  /** Requests that were passed on, in their order. */
  readonly passed: Asked[] = [];

  private constructor() {
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    // Destinations keep connections for longer than clients do.
    this.#server.keepAliveTimeout = 30_000;
  }

  static async open(target?: string): Promise<FaultProxy> {
    const proxy = new FaultProxy();
    if (target !== undefined) proxy.pointTo(target);
    await proxy.#listen();
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Another destination at the same address, as after its restart. */
  pointTo(target: string): void {
    this.#target = new URL(target);
  }

  /** Requests that hang now. */
  get hanging(): number {
    return this.#hanging.size;
  }

  /** Every request is asked what becomes of it; without a fault it goes on. */
  failing(fault: (asked: Asked) => Fault | undefined): void {
    this.#fault = fault;
  }

  /** No faults from now on; what hangs ends without an answer. */
  repair(): void {
    this.#fault = () => undefined;
    for (const socket of this.#hanging) socket.destroy();
    this.#hanging.clear();
  }

  /** Connections are refused. */
  async down(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Connections are taken again, at the same port. */
  up(): Promise<void> {
    return this.#listen();
  }

  async close(): Promise<void> {
    if (this.#server.listening) await this.down();
    this.#agent.destroy();
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url: target = '', headers, socket } = request;
    const operation = headers['x-amz-target']?.toString().split('.').at(-1);
    const key = /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1];
    const asked = { method, target, operation, key, number: this.requests++ };
    const fault = this.#fault(asked);
    if (fault === undefined) {
      this.passed.push(asked);
      this.#forward(request, response, false);
      return;
    }
    this.faults++;
    switch (fault.do) {
      case 'answer':
        request.resume().on('end', () => {
          response.writeHead(fault.status, { 'content-type': fault.type ?? 'text/plain' }).end(fault.body);
        });
        break;
      case 'hang':
        request.resume();
        this.#hanging.add(socket);
        socket.on('close', () => this.#hanging.delete(socket));
        break;
      case 'lose':
        this.#forward(request, response, true);
        break;
      case 'cut':
        this.#cut(request);
        break;
      case 'reset':
        request.resume().on('end', () => socket.destroy());
        break;
    }
  }

  /** The same request to the destination, without its body. */
  #ask(request: IncomingMessage, agent: Agent | false): ClientRequest {
    const { hostname, port } = this.#target!;
    return httpRequest({
      hostname,
      port,
      method: request.method!,
      path: request.url!,
      // The host is signed: it stays what the client said.
      headers: request.rawHeaders,
      agent,
      setHost: false,
    });
  }

  #forward(request: IncomingMessage, response: ServerResponse, lose: boolean): void {
    const out = this.#ask(request, this.#agent);
    out.on('response', (answer) => {
      if (lose) {
        answer.resume().on('end', () => request.socket.destroy());
        return;
      }
      response.writeHead(answer.statusCode!, answer.rawHeaders);
      answer.pipe(response);
    });
    out.on('error', () => request.socket.destroy());
    request.on('error', () => out.destroy());
    request.pipe(out);
  }

  #cut(request: IncomingMessage): void {
    const out = this.#ask(request, false);
    out.on('error', () => {});
    request.once('data', (chunk: Buffer) => {
      out.write(chunk.subarray(0, chunk.length / 2), () => {
        out.destroy();
        request.socket.destroy();
      });
    });
    request.once('end', () => request.socket.destroy());
  }
}

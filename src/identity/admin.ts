import { chmodSync, lstatSync, rmSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { EXIT_FAILED, messageOf, UserError } from '../base/errors.ts';
import type { Json } from '../store/store.ts';
import type { SocketAddress } from './admin-socket.ts';
import { socketAddress } from './admin-socket.ts';

/**
 * The admin endpoint: a Unix socket (0600) in the data directory of a running service, by which commands on the
 * same machine reach it. One JSON value a line each way, answers in the order of the questions:
 *   -> {"command":"keys.list","params":{}}
 *   <- {"ok":true,"result":[…]}   or   {"ok":false,"error":{"message":"…","exitCode":1}}
 */
export type AdminHandler = (params: Json) => Promise<Json>;

export interface AdminServerOptions {
  /** The data directory; its lock must be held, so that a socket in it can only be a dead process's. */
  readonly directory: string;
  /** By command. A UserError goes to the client as it is. */
  readonly handlers: Readonly<Record<string, AdminHandler>>;
  /** Hears of what is not a client's mistake; absent: nobody does. */
  readonly onFault?: (error: unknown) => void;
}

/** Longest question, bytes. */
export const LONGEST_REQUEST = 64 * 1024;
/** Connections at a time; further ones are closed. */
const MOST_CONNECTIONS = 16;
/** How long a connection may say nothing, ms. */
const IDLE_LIMIT = 30_000;

export interface AdminServer {
  /** Binds the socket. Call with the data directory's lock held. */
  start(): Promise<void>;
  /** Refuses new questions, lets those under way end, and takes the socket away. Safe to call twice. */
  close(): Promise<void>;
}

/** The service's side of the admin endpoint; inert until it is started. */
export function createAdminServer(options: AdminServerOptions): AdminServer {
  const connections = new Set<Connection>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const connection = new Connection(socket, options);
    connections.add(connection);
    void connection.done.finally(() => connections.delete(connection));
  });
  server.maxConnections = MOST_CONNECTIONS;
  let address: SocketAddress | undefined;
  let closing: Promise<void> | undefined;
  return {
    async start() {
      address = socketAddress(options.directory);
      removeStale(address.file);
      await listen(server, address.path);
      chmodSync(address.file, 0o600);
    },
    close() {
      closing ??= (async () => {
        const closed = new Promise<void>((resolve) => {
          server.close(() => resolve());
        });
        await Promise.all([...connections].map((connection) => connection.finish()));
        await closed;
        address?.release();
      })();
      return closing;
    },
  };
}

function removeStale(file: string): void {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new UserError(`${file} is in the way of the admin socket: move it elsewhere`);
  rmSync(file);
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** One connection: its questions are answered one after the other. */
class Connection {
  /** Resolves, and never rejects, when the connection is over. */
  readonly done: Promise<void>;
  readonly #socket: Socket;
  readonly #options: AdminServerOptions;
  #busy = false;
  #finishing = false;

  constructor(socket: Socket, options: AdminServerOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('error', () => socket.destroy()); // a client that went away
    socket.on('timeout', () => socket.destroy());
    this.done = this.#serve();
  }

  /** Lets the answer under way go out, and ends the connection. */
  finish(): Promise<void> {
    this.#finishing = true;
    if (!this.#busy) this.#socket.destroy();
    return this.done;
  }

  async #serve(): Promise<void> {
    const socket = this.#socket;
    socket.setTimeout(IDLE_LIMIT);
    let waiting = Buffer.alloc(0);
    try {
      for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
        waiting = Buffer.concat([waiting, chunk as Buffer]);
        for (;;) {
          const end = waiting.indexOf(0x0a);
          if (end > LONGEST_REQUEST || (end < 0 && waiting.length > LONGEST_REQUEST)) {
            this.#tell(refusal(`a question has at most ${LONGEST_REQUEST} bytes`));
            return;
          }
          if (end < 0) break;
          const line = waiting.subarray(0, end).toString('utf8');
          waiting = waiting.subarray(end + 1);
          this.#busy = true;
          socket.setTimeout(0); // an answer may take its time, as flush does
          this.#tell(await answer(line, this.#options));
          socket.setTimeout(IDLE_LIMIT);
          this.#busy = false;
          if (this.#finishing) return;
        }
      }
    } catch {
      // The connection broke, and whoever asked sees that; faults of handlers are told in `answer`.
    } finally {
      socket.end(() => socket.destroy());
    }
  }

  #tell(answer: Json): void {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify(answer)}\n`);
  }
}

async function answer(line: string, { handlers, onFault }: AdminServerOptions): Promise<Json> {
  let question: unknown;
  try {
    question = JSON.parse(line);
  } catch {
    return refusal('a question is one JSON object a line');
  }
  const { command, params } = (question ?? {}) as { command?: unknown; params?: Json };
  if (typeof command !== 'string' || !Object.hasOwn(handlers, command)) {
    return refusal('the running service does not know this command: is it of another version?');
  }
  try {
    return { ok: true, result: await handlers[command]!(params ?? {}) };
  } catch (error) {
    if (error instanceof UserError) return refusal(error.message, error.exitCode);
    onFault?.(error);
    return refusal(`the service failed at ${command}: ${messageOf(error)}`);
  }
}

function refusal(message: string, exitCode: number = EXIT_FAILED): Json {
  return { ok: false, error: { message, exitCode } };
}

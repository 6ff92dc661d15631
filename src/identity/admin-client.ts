import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { UserError } from '../base/errors.ts';
import type { Json } from '../store/store.ts';
import { socketAddress } from './admin-socket.ts';

/** Longest answer that is read, bytes. */
const LONGEST_ANSWER = 64 * 1024 * 1024;
/** How long an answer may take where the caller does not say, ms. */
const PATIENCE = 30_000;

/** What the running service answered; `reached` is false when no service runs on the directory. */
export type AdminAnswer = { readonly reached: false } | { readonly reached: true; readonly result: Json };

/**
 * Asks the service that runs on a data directory.
 * @throws {UserError} what the service refused with, or that it did not answer
 */
export async function askService(
  directory: string,
  command: string,
  params: Json,
  options: { timeout?: number } = {},
): Promise<AdminAnswer> {
  const patience = options.timeout ?? PATIENCE;
  const socket = await reach(directory);
  if (socket === undefined) return { reached: false };
  try {
    socket.setTimeout(patience, () => {
      socket.destroy(new UserError(`the service on ${directory} did not answer within ${patience / 1000} s`));
    });
    socket.write(`${JSON.stringify({ command, params })}\n`);
    return { reached: true, result: resultOf(await firstLine(socket, directory)) };
  } finally {
    socket.destroy();
  }
}

/** A connection to the service, or undefined when none listens. */
async function reach(directory: string): Promise<Socket | undefined> {
  let address;
  try {
    address = socketAddress(directory);
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return await new Promise<Socket | undefined>((resolve, reject) => {
      const socket = connect(address.path, () => resolve(socket));
      socket.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(undefined);
        else reject(new UserError(`${address.file} cannot be reached: ${error.message}`, { cause: error }));
      });
    });
  } finally {
    address.release();
  }
}

async function firstLine(socket: Socket, directory: string): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  let cause: unknown;
  try {
    for await (const chunk of socket) {
      const bytes = chunk as Buffer;
      const end = bytes.indexOf(0x0a);
      chunks.push(end < 0 ? bytes : bytes.subarray(0, end));
      if (end >= 0) return Buffer.concat(chunks).toString('utf8');
      length += bytes.length;
      if (length > LONGEST_ANSWER) break;
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    cause = error;
  }
  throw new UserError(`the service on ${directory} ended the connection without an answer`, { cause });
}

function resultOf(line: string): Json {
  const answer = JSON.parse(line) as
    | { ok: true; result: Json }
    | { ok: false; error: { message: string; exitCode: number } };
  if (!answer.ok) throw new UserError(answer.error.message, { exitCode: answer.error.exitCode });
  return answer.result;
}

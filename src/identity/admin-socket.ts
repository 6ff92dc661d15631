import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../base/errors.ts';

/** The admin endpoint's name in the data directory. */
const SOCKET_FILE = 'admin.sock';

/** What the address of a Unix socket holds, bytes (sun_path without its closing NUL): 108 on Linux, 104 on
 * the BSDs and macOS. */
const LONGEST_ADDRESS = process.platform === 'linux' ? 107 : 103;

/** A path to bind or connect to; `release` when the socket is no longer used. */
export interface SocketAddress {
  readonly path: string;
  /** The real path of the socket, for messages and modes. */
  readonly file: string;
  release(): void;
}

/**
 * The address of a data directory's socket. A directory whose path is too long for an address is reached through
 * an open descriptor of it, where the system shows those as a path (Linux).
 * @throws {UserError} elsewhere
 */
export function socketAddress(directory: string): SocketAddress {
  const file = join(directory, SOCKET_FILE);
  if (Buffer.byteLength(file) <= LONGEST_ADDRESS) return { path: file, file, release() {} };
  if (process.platform !== 'linux') {
    throw new UserError(
      `the path of the data directory ${directory} is too long for a socket: ` +
        `${SOCKET_FILE} with it may have ${LONGEST_ADDRESS} bytes; give a shorter one`,
    );
  }
  let descriptor: number | undefined = openSync(directory, 'r');
  return {
    path: `/proc/self/fd/${descriptor}/${SOCKET_FILE}`,
    file,
    release() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}

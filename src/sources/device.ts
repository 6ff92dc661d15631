/** Names of what a live capture can listen on. They become an argument of a child process (S8.5). */
import { readFileSync } from 'node:fs';
import { UsageError, UserError } from '../base/errors.ts';

/** IFNAMSIZ of linux/if.h, less the final NUL. */
const MAX_NAME_BYTES = 15;
/** Groups are 16 bits wide (linux/netfilter/nfnetlink_log.h). */
const MAX_GROUP = 0xffff;
const NFLOG = /^nflog:(0|[1-9][0-9]{0,4})$/;
/** tcpdump's name for all interfaces at once. */
const ANY = 'any';

/** Whether the name is that of an NFLOG group, `nflog:N`. */
export function isNflog(name: string): boolean {
  return NFLOG.test(name);
}

/**
 * Refuses names that the kernel would refuse (dev_valid_name) and those that a command could take for an
 * option. `nflog:0` to `nflog:65535` are the only names with a colon.
 *
 * @throws {UsageError} which says what is wrong.
 */
export function checkDeviceName(name: string): void {
  const shown = JSON.stringify(name);
  if (name.startsWith('nflog:')) {
    const group = NFLOG.exec(name)?.[1];
    if (group === undefined || Number(group) > MAX_GROUP)
      throw new UsageError(`${shown} is no NFLOG group; write nflog:N with N from 0 to ${MAX_GROUP}`);
    return;
  }
  const wrong = wrongWith(name);
  if (wrong !== undefined) throw new UsageError(`${shown} cannot be the name of an interface: ${wrong}`);
}

function wrongWith(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (name.startsWith('-')) return 'it begins with a dash, like an option';
  if (name === '.' || name === '..') return 'it is a directory';
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return `it is longer than ${MAX_NAME_BYTES} characters`;
  if (!/^[\x21-\x7e]+$/.test(name)) return 'it holds a space or a character outside ASCII';
  if (/[/:]/.test(name)) return 'it holds a slash or a colon';
  return undefined;
}

/** The interfaces of this network namespace, in the kernel's order; undefined where it cannot be asked. */
export function interfaceNames(): string[] | undefined {
  try {
    const lines = readFileSync('/proc/self/net/dev', 'utf8').split('\n').slice(2);
    return lines.flatMap((line) => /^\s*([^:\s]+):/.exec(line)?.[1] ?? []);
  } catch {
    return undefined;
  }
}

/**
 * Refuses an interface that is not there. tcpdump would take a number for an entry of its own list, and
 * some names for devices that are no network interfaces (dbus-system, usbmon0).
 *
 * @throws {UserError} naming the interfaces that are.
 */
export function checkDeviceExists(name: string): void {
  if (name === ANY || isNflog(name)) return;
  if (interfaceNames()?.includes(name) === false) throw noSuchInterface(name);
}

/** The error for an interface that is not there. */
export function noSuchInterface(name: string): UserError {
  const names = interfaceNames() ?? [];
  const there = names.length > 0 ? `there are ${[...names, ANY].join(', ')}` : 'see ip link';
  return new UserError(`there is no interface ${name} here; ${there}, and nflog:N`);
}

/** Where `weir generate` sends flow exports to. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { UsageError, UserError, messageOf } from '../base/errors.ts';

export interface Destination {
  /** An address. */
  readonly host: string;
  readonly family: 4 | 6;
  readonly port: number;
  /** As it was given. */
  readonly text: string;
}

/** HOST:PORT, an IPv6 host in brackets. @throws {UsageError} for what is none; {UserError} for a name nobody knows */
export async function destinationOf(flag: string, text: string): Promise<Destination> {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  const name = match?.[1] ?? match?.[2];
  if (
    name === undefined ||
    port < 1 ||
    port > 0xffff ||
    (match?.[1] !== undefined && isIP(match[1]) !== 6) ||
    // Digits and dots that are no address are a mistake, not a name.
    (match?.[2] !== undefined && isIP(match[2]) === 0 && /^[\d.]+$/.test(match[2]))
  ) {
    throw new UsageError(`${flag} ${text}: write HOST:PORT, such as 127.0.0.1:2055 or [::1]:2055`);
  }
  const family = isIP(name);
  if (family !== 0) return { host: name, family: family === 6 ? 6 : 4, port, text };
  try {
    const { address, family: found } = await lookup(name);
    return { host: address, family: found === 6 ? 6 : 4, port, text };
  } catch (error) {
    throw new UserError(`${flag} ${text}: cannot find the address of ${name}: ${messageOf(error)}`);
  }
}

/** Whether each exporter can have an address of its own: 127.0.0.1, 127.0.0.2 and so on. */
export function isLoopback4(destination: Destination): boolean {
  return destination.family === 4 && destination.host.startsWith('127.');
}

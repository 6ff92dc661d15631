import { parseAddress } from '../../base/addresses.ts';
import { UsageError, UserError, messageOf } from '../../base/errors.ts';

/** Where to listen. Host undefined: all addresses of both families. */
export interface ListenAddress {
  readonly host: string | undefined;
  readonly family: 4 | 6;
  readonly port: number;
}

const MAX_PORT = 0xffff;

/**
 * `HOST:PORT`, `[IPV6]:PORT` or `:PORT`; hosts are addresses, not names. `[::]` takes both families, as `:PORT` does.
 *
 * @throws {UsageError} saying what to write instead.
 */
export function parseListen(text: string): ListenAddress {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):([0-9]{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > MAX_PORT)
    throw new UsageError(
      `"${text}" is nothing to listen on: write ADDRESS:PORT, as in 0.0.0.0:2055, [::1]:2055, or :2055 for all addresses`,
    );
  const inside = match[1] ?? match[2]!;
  if (match[1] === undefined && inside === '') return { host: undefined, family: 6, port };
  const address = parseAddress(inside);
  if (address === undefined || (address.family === 6) !== (match[1] !== undefined))
    throw new UsageError(
      `"${inside}" in "${text}" is no address of this machine to listen on: write an IPv4 address, an IPv6 address ` +
        `in brackets, or only :${port} for all`,
    );
  return { host: inside, family: address.family, port };
}

/** An address and port as one writes them. */
export function formatListen(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** What the operating system said when an address was bound, with what to do. */
export function cannotListen(listen: string, transport: 'UDP' | 'TCP', error: unknown): UserError {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const options = { cause: error };
  switch (code) {
    case 'EADDRINUSE':
      return new UserError(
        `${transport} ${listen} is in use by another program: end that one, or take another port ` +
          `(who it is: ss -lnp 'sport = :${listen.slice(listen.lastIndexOf(':') + 1)}')`,
        options,
      );
    case 'EACCES':
    case 'EPERM':
      return new UserError(
        `listening on ${transport} ${listen} is not permitted: ports below 1024 need root or CAP_NET_BIND_SERVICE`,
        options,
      );
    case 'EADDRNOTAVAIL':
      return new UserError(
        `this machine has no such address as in ${listen}: see ip address, or leave it out to listen on all`,
        options,
      );
    case 'EAFNOSUPPORT':
      return new UserError(`this machine has no IPv6, which ${listen} needs: name an IPv4 address`, options);
    default:
      return new UserError(`cannot listen on ${transport} ${listen}: ${messageOf(error)}`, options);
  }
}

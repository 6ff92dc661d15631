import { UsageError } from '../../base/errors.ts';
import { parseListen } from './address.ts';
import { DatagramSource } from './listener.ts';
import {
  DEFAULT_CAPTURE_BUFFER,
  DEFAULT_RECEIVERS,
  DEFAULT_RECEIVE_BUFFER,
  type FlowListener,
  type ListenOptions,
  MAX_RECEIVERS,
} from './options.ts';
import { SocketReception } from './socket-reception.ts';
import { TcpSource } from './tcp.ts';
import { TcpdumpReception } from './tcpdump-reception.ts';

const MIN_BUFFER = 4096;
const MAX_BUFFER = 1 << 30;

/**
 * Listens for exported flows; resolves when it receives.
 *
 * @throws {UsageError} for options that cannot be.
 * @throws {UserError} when the address is in use, not this machine's, or not permitted.
 */
export async function listenForFlows(options: ListenOptions): Promise<FlowListener> {
  const listen = parseListen(options.listen);
  const receivers = options.receivers ?? DEFAULT_RECEIVERS;
  const receiveBuffer =
    options.receiveBuffer ??
    (options.receiver === 'tcpdump' ? DEFAULT_CAPTURE_BUFFER : DEFAULT_RECEIVE_BUFFER);
  checkRange('the number of receivers', receivers, 0, MAX_RECEIVERS);
  checkRange('the receive buffer', receiveBuffer, MIN_BUFFER, MAX_BUFFER);
  const notice = options.onNotice ?? (() => {});
  const name = options.name ?? options.listen;
  if (options.transport === 'tcp') {
    if (options.protocol !== 'ipfix')
      throw new UsageError(`${options.protocol} does not go over TCP: only ipfix has the transport tcp`);
    if (options.receiver === 'tcpdump')
      throw new UsageError('the receiver tcpdump is for datagrams: leave it out for the transport tcp');
    const source = new TcpSource({ name, listen, exporters: options.exporters, notice });
    await source.open();
    return source;
  }
  const reception =
    options.receiver === 'tcpdump'
      ? new TcpdumpReception({ listen, receiveBuffer, command: options.command, notice })
      : new SocketReception({ listen, receivers, receiveBuffer, notice });
  const source = new DatagramSource(reception, {
    name,
    protocol: options.protocol,
    exporters: options.exporters,
    tunnels: options.tunnels,
    state: options.state,
    notice,
  });
  await reception.open();
  await source.begin();
  return source;
}

function checkRange(what: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new UsageError(`${what} must be a whole number from ${min} to ${max}, not ${value}`);
}

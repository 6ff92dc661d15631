import type { Prefix } from '../../base/prefixes.ts';
import type { TunnelKind } from '../../capture/open.ts';
import type { FlowSource } from '../flow-source.ts';

/** `netflow` takes v5, v9 and IPFIX by their version number, `ipfix` IPFIX only. */
export type ExportProtocol = 'netflow' | 'ipfix' | 'sflow';

/** Who may send, and what is configured for him. Of several prefixes that hold an address the longest counts. */
export interface ExporterRule {
  readonly prefix: Prefix;
  /** The sampling rate where the exporter tells none (NetFlow, IPFIX). */
  readonly samplingRate?: number;
  /** Whose clock the times of flows are in. Default: the exporter's. */
  readonly clock?: 'exporter' | 'receiver';
  /** Datagrams a second of each exporter in the prefix; what is over it is lost, and counted. Default: no limit. */
  readonly maxDatagramsPerSecond?: number;
}

export interface ListenOptions {
  /** The name of the source; default: `listen`. */
  readonly name?: string;
  readonly protocol: ExportProtocol;
  /** HOST:PORT, [IPV6]:PORT or :PORT (all addresses of both families). Port 0: any. */
  readonly listen: string;
  /** Default udp; tcp is for IPFIX (RFC 7011, section 10.4). */
  readonly transport?: 'udp' | 'tcp';
  /** Where datagrams are taken from: a socket, or a tcpdump child for the highest rates. Default socket. */
  readonly receiver?: 'socket' | 'tcpdump';
  /** Threads that receive, each with a socket of its own; 0: the caller's thread. Default: DEFAULT_RECEIVERS. */
  readonly receivers?: number;
  /** Bytes of the kernel's buffer of each socket; default: DEFAULT_RECEIVE_BUFFER, of tcpdump DEFAULT_CAPTURE_BUFFER. */
  readonly receiveBuffer?: number;
  /** Whose datagrams are taken. Others are counted. */
  readonly exporters: readonly ExporterRule[];
  /** Which tunnels are opened in headers that sFlow sampled. Default: none. */
  readonly tunnels?: ReadonlySet<TunnelKind>;
  /** Where templates and sampling rates are kept over a restart: a file. Default: nowhere. */
  readonly state?: string;
  /** Told what an operator should know, one clause each: a buffer smaller than asked for, a receiver that died. */
  readonly onNotice?: (message: string) => void;
  /** The program to run instead of `tcpdump`. */
  readonly command?: string;
}

/** A FlowSource that listens. */
export interface FlowListener extends FlowSource {
  readonly address: BoundAddress;
}

/** Where something listens: the address as bound, and the port that was taken for port 0. */
export interface BoundAddress {
  readonly host: string;
  readonly port: number;
  /** Bytes that the kernel granted for the buffer of each socket; undefined where it has none of its own. */
  readonly receiveBuffer?: number;
}

/** Of IPFIX files. */
export interface FlowFileOptions {
  /** The sampling rate where the file tells none. */
  readonly samplingRate?: number;
}

export const DEFAULT_RECEIVERS = 1;
/** 16 MiB: some 10,000 full datagrams, a pause of 0.1 s at 100,000 a second. */
export const DEFAULT_RECEIVE_BUFFER = 16 << 20;
/** Of the receiver tcpdump: some 20,000 full datagrams. */
export const DEFAULT_CAPTURE_BUFFER = 32 << 20;
export const MAX_RECEIVERS = 16;

/** Exporters over loopback: the project's own encoders, sockets at addresses of 127.0.0.0/8, and `weir record` before them. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { parseAddress } from '../../src/base/addresses.ts';
import { FlowExport } from '../../src/synth/exports/flow.ts';
import {
  COMMON_FIELDS4,
  COMMON_FIELDS6,
  type ExportField,
  FIELDS,
} from '../../src/synth/exports/elements.ts';
import { IPFIX } from '../../src/synth/exports/ipfix.ts';
import { NETFLOW_V9 } from '../../src/synth/exports/netflow-v9.ts';
import { V5Encoder } from '../../src/synth/exports/netflow-v5.ts';
import { SflowEncoder } from '../../src/synth/exports/sflow.ts';
import { TemplateEncoder } from '../../src/synth/exports/template-encoder.ts';
import { formatOf, linesOf, type Run, type Running, start, type Summary, summaryOf, until } from './run.ts';

export const RECORD_FIELDS =
  'interface-id flow-direction pkt-srcaddr pkt-dstaddr srcport dstport protocol packets bytes start end action log-status';

/** A flow as tests write it. Times in seconds since the epoch. */
export interface Sent {
  readonly from: string;
  readonly to: string;
  readonly ports: readonly [number, number];
  readonly protocol?: number;
  readonly packets: number;
  readonly bytes: number;
  readonly start: number;
  readonly end: number;
  readonly ingress?: number;
  readonly egress?: number;
}

/** A flow of three packets that ended a second ago. */
export function recentFlow(from = '10.0.0.1'): Sent {
  const now = Math.floor(Date.now() / 1000);
  const ports = [1024, 443] as const;
  return { from, to: '192.0.2.1', ports, packets: 3, bytes: 300, start: now - 2, end: now - 1 };
}

function exported(sent: Sent): FlowExport {
  const flow = new FlowExport();
  const [from, to] = [parseAddress(sent.from)!, parseAddress(sent.to)!];
  flow.ipv6 = from.family === 6;
  flow.source.set(from.words);
  flow.destination.set(to.words);
  [flow.sourcePort, flow.destinationPort] = sent.ports;
  flow.protocol = sent.protocol ?? 17;
  flow.packets = sent.packets;
  flow.bytes = sent.bytes;
  flow.start = sent.start * 1000;
  flow.end = sent.end * 1000;
  flow.ingress = sent.ingress ?? 1;
  flow.egress = sent.egress ?? 2;
  return flow;
}

/** IPFIX without options says its times as they are. */
const MILLIS_FIELDS4 = COMMON_FIELDS4.map(inMillis);
const MILLIS_FIELDS6 = COMMON_FIELDS6.map(inMillis);

function inMillis(field: ExportField): ExportField {
  if (field === FIELDS.startUptime) return FIELDS.startMillis;
  return field === FIELDS.endUptime ? FIELDS.endMillis : field;
}

const BOOT_MS = 3_600_000;

/** What one exporter makes of flows: a datagram for each call, whatever the protocol. */
export interface Encoder {
  /** `templates` false: the data alone. */
  readonly datagram: (flows: readonly Sent[], templates?: boolean) => Uint8Array;
}

export type Protocol = 'v5' | 'v9' | 'ipfix' | 'sflow';

export function encoder(protocol: Protocol, domain = 0): Encoder {
  // Whole seconds, so that times by sysUpTime are exact: NetFlow v9 says when it exports in these.
  const now = (): number => Math.floor(Date.now() / 1000) * 1000;
  const boot = now() - BOOT_MS;
  switch (protocol) {
    case 'v5': {
      const v5 = new V5Encoder({ boot, engine: domain });
      return {
        datagram(flows) {
          for (const flow of flows) v5.add(exported(flow));
          return v5.end(now()).slice();
        },
      };
    }
    case 'sflow': {
      const agent = new Int32Array([0, 0, 0, 0x0a000001]);
      const sflow = new SflowEncoder({ agent, boot, subAgent: domain });
      return {
        datagram(flows) {
          for (const flow of flows) {
            for (let k = 0; k < flow.packets; k++) {
              const one = exported(flow);
              one.bytes = flow.bytes / flow.packets;
              sflow.addresses({ source: 1, rate: 1, input: 1, output: 2 }, one);
            }
          }
          return sflow.end(now()).slice();
        },
      };
    }
    default: {
      const kind = protocol === 'v9' ? NETFLOW_V9 : IPFIX;
      const [four, six] =
        protocol === 'v9' ? [COMMON_FIELDS4, COMMON_FIELDS6] : [MILLIS_FIELDS4, MILLIS_FIELDS6];
      const templated = new TemplateEncoder(kind, { boot, domain });
      return {
        datagram(flows, templates = true) {
          templated.template(256, four);
          templated.template(257, six);
          if (!templates) templated.end(now());
          for (const sent of flows) {
            const flow = exported(sent);
            templated.add(flow.ipv6 ? 257 : 256, flow, now());
          }
          return templated.end(now()).slice();
        },
      };
    }
  }
}

/** A socket that datagrams come from: an exporter is known by its address. */
export class ExporterSocket {
  readonly #socket: Socket;
  readonly #port: number;

  private constructor(socket: Socket, port: number) {
    this.#socket = socket;
    this.#port = port;
  }

  static async open(port: number, address = '127.0.0.1'): Promise<ExporterSocket> {
    const socket = createSocket('udp4');
    socket.bind(0, address);
    await once(socket, 'listening');
    return new ExporterSocket(socket, port);
  }

  async send(datagram: Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#socket.send(datagram, this.#port, '127.0.0.1', (error) => (error ? reject(error) : resolve()));
    });
  }

  close(): void {
    this.#socket.close();
  }
}

/** What `--summary json` says of a source of exported flows. */
export interface ExportSummary {
  readonly source: string;
  readonly datagrams: number;
  readonly rows: number;
  readonly packets: number;
  readonly not_allowed: number;
  readonly not_allowed_from: readonly { address: string; datagrams: number }[];
  readonly lost: Readonly<Record<string, number>>;
  readonly decoded: Readonly<Record<string, number>>;
  readonly exporters: readonly { address: string; rows: number; lost: Readonly<Record<string, number>> }[];
}

export interface Listening {
  readonly running: Running;
  readonly port: number;
  /** Ends it in good order. */
  readonly end: () => Promise<{ lines: string[]; run: Run }>;
}

/** Starts `weir record` and waits for its line on standard error, as scripts do. */
export async function listening(flag: string, ...args: string[]): Promise<Listening> {
  const running = start([
    'record',
    flag,
    '127.0.0.1:0',
    ...args,
    '--interval',
    '60',
    '--format',
    formatOf(RECORD_FIELDS),
    '--no-header',
    '--workers',
    '0',
  ]);
  const ready = /listening for \w+(?: over TCP)? on 127\.0\.0\.1:(\d+)/;
  await until('it listens', () => ready.test(running.stderr()) || running.child.exitCode !== null);
  const port = Number(ready.exec(running.stderr())?.[1]);
  if (!(port > 0)) throw new Error(`it does not listen: ${running.stderr()}`);
  return {
    running,
    port,
    async end() {
      running.child.kill('SIGINT');
      const run = await running.ended;
      if (run.status !== 0) throw new Error(`record ended with ${run.status ?? run.signal}: ${run.stderr}`);
      return { lines: linesOf(run.stdout), run };
    },
  };
}

/** The summary, with its parts of exporters. */
export function exportSummaryOf(run: Run): Summary & { exports: ExportSummary[] } {
  return summaryOf(run.stderr) as Summary & { exports: ExportSummary[] };
}

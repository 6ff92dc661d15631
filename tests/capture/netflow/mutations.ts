/** Mutated exports of all kinds, fed to decoders that live long, with what must hold after each. */
import { readFileSync, readdirSync } from 'node:fs';
import { META_VERDICT } from '../../../src/capture/batch.ts';
import { FlowBatch } from '../../../src/capture/flow-batch.ts';
import { NetflowDecoder } from '../../../src/capture/netflow/decoder.ts';
import type { ExportLimits } from '../../../src/capture/netflow/limits.ts';
import { IpfixStream } from '../../../src/capture/netflow/stream.ts';
import type { SflowLimits } from '../../../src/capture/sflow/agents.ts';
import { SflowDecoder } from '../../../src/capture/sflow/decoder.ts';
import { ALL_TUNNELS } from '../tunnelled.ts';
import { checkSampleCounters } from '../sflow/support.ts';
import { DEFAULT_EXPORTER_OPTIONS, type ExportKind } from '../../../src/synth/exporter/datagram.ts';
import { ModelExporters } from '../../../src/synth/exporter/model.ts';
import { trafficOptions } from '../../../src/synth/options.ts';
import { NETFLOW_DATAGRAMS, SFLOW_DATAGRAMS } from './datagrams.ts';
import { mutate, random } from './mutate.ts';
import { NOW, checkExportCounters } from './support.ts';

/** Small, so that they are all reached. */
export const NETFLOW_LIMITS = {
  heldBytes: 64 << 10,
  heldBytesInAll: 128 << 10,
  templates: 64,
  templatesInAll: 200,
  exporters: 8,
  domains: 16,
  fields: 64,
  samplers: 32,
  totals: 1 << 10,
} as const satisfies Partial<ExportLimits>;

export const SFLOW_LIMITS = { exporters: 4, agents: 4, sources: 16 } as const satisfies Partial<SflowLimits>;

const SENDERS = 12;
const MICROS = 1000;

/** What softflowd sent: see softflowd.test.ts. */
function fixtures(): Uint8Array[] {
  const folder = new URL('fixtures/', import.meta.url);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.hex'))
    .sort()
    .flatMap((name) => readFileSync(new URL(name, folder), 'utf8').trim().split('\n'))
    .map((line) => new Uint8Array(Buffer.from(line, 'hex')));
}

/** What the exporters of `generate` send of some traffic. */
function generated(kind: ExportKind): Uint8Array[] {
  const traffic = trafficOptions({
    packets: 600,
    flows: 60,
    seconds: 60,
    ipv6: kind === 'netflow-v5' ? 0 : 30,
    icmp: 10,
  });
  const exporters = new ModelExporters(traffic, {
    ...DEFAULT_EXPORTER_OPTIONS,
    kind,
    exporters: 2,
    sampling: 3,
  });
  const out: Uint8Array[] = [];
  for (let next = exporters.next(Infinity); next !== undefined; next = exporters.next(Infinity))
    out.push(next.bytes);
  return out;
}

/** Good datagrams: those of the tests, of softflowd, and of the encoders. */
export const GOOD_NETFLOW: readonly Uint8Array[] = [
  ...NETFLOW_DATAGRAMS,
  ...fixtures(),
  ...(['netflow-v5', 'netflow-v9', 'ipfix'] as const).flatMap(generated),
];
export const GOOD_SFLOW: readonly Uint8Array[] = [...SFLOW_DATAGRAMS, ...generated('sflow')];

/** Columns are whole numbers in their ranges. */
export function checkBatch(batch: FlowBatch, latestMillis: number): void {
  for (let row = 0; row < batch.count; row++) {
    const packets = batch.packets[row]!;
    const bytes = batch.bytes[row]!;
    if (!(packets >= 0 && Math.floor(packets) === packets)) throw new Error(`packets ${packets}`);
    if (!(bytes >= 0 && Math.floor(bytes) === bytes)) throw new Error(`bytes ${bytes}`);
    if (batch.nanos[row]! >= 1_000_000_000) throw new Error(`nanos ${batch.nanos[row]}`);
    if (batch.start[row]! > batch.time[row]!) throw new Error('start after end');
    if (batch.time[row]! > latestMillis / 1000) throw new Error('end after the receive time');
    if ((batch.meta[row]! & META_VERDICT) === META_VERDICT) throw new Error('verdict 3');
  }
}

/** What one kind of case does, time and again. */
interface Feed {
  /** Runs case `number`; what one datagram took of the processor, in milliseconds, is its result. */
  step(number: number): number;
  /** Nothing more comes: everything must be accounted for, and nothing held. */
  finish(): void;
  readonly rows: number;
  readonly datagrams: number;
}

/** Runs it; the result is what it took of the processor, in milliseconds: a busy machine is no hang. */
function timed(name: string, bytes: Uint8Array, body: () => void): number {
  const began = process.cpuUsage();
  try {
    body();
  } catch (error) {
    throw new Error(`${name}: ${Buffer.from(bytes).toString('hex')}`, { cause: error });
  }
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}

/** Datagrams of NetFlow v5, v9 and IPFIX from a dozen senders, into one decoder with room for eight. */
export class NetflowFeed implements Feed {
  readonly decoder: NetflowDecoder;
  readonly #seed: number;
  readonly #batch = new FlowBatch();
  #now = NOW;
  rows = 0;
  datagrams = 0;

  constructor(seed: number) {
    this.#seed = seed;
    const flush = (batch: FlowBatch) => {
      checkBatch(batch, this.#now);
      this.rows += batch.count;
      batch.clear();
    };
    const settings = (address: string) => (address === '0' ? {} : { samplingRate: 1 });
    this.decoder = new NetflowDecoder({ batch: this.#batch, flush }, { settings, limits: NETFLOW_LIMITS });
  }

  step(number: number): number {
    const { decoder } = this;
    const next = random(this.#seed + number);
    const good = GOOD_NETFLOW[next(GOOD_NETFLOW.length)]!;
    const bytes = next(8) === 0 ? good : mutate(good, next);
    this.#now = NOW + number;
    this.datagrams++;
    const took = timed(`NetFlow case ${number}`, bytes, () => {
      decoder.datagram(bytes, 0, bytes.length, String(next(SENDERS)), this.#now * MICROS);
      checkBatch(this.#batch, this.#now);
      this.rows += this.#batch.count;
      this.#batch.clear();
      if (number % 1000 === 0) decoder.tick(this.#now * MICROS);
      if (number % 60_000 === 0) decoder.expire(this.#now * MICROS);
      if (
        decoder.heldBytes > NETFLOW_LIMITS.heldBytesInAll ||
        decoder.registry.templates > NETFLOW_LIMITS.templatesInAll ||
        decoder.registry.exporters.size > NETFLOW_LIMITS.exporters
      )
        throw new Error(`${decoder.heldBytes} bytes held, ${decoder.registry.templates} templates`);
    });
    if (number % 10_000 === 0) this.#check();
    return took;
  }

  finish(): void {
    this.decoder.end(this.#now * MICROS);
    checkBatch(this.#batch, this.#now);
    this.rows += this.#batch.count;
    this.#batch.clear();
    this.#check();
    const { counters, heldBytes } = this.decoder;
    if (heldBytes !== 0 || counters.heldSets !== 0) throw new Error(`${heldBytes} bytes are held at the end`);
    if (counters.rows !== this.rows) throw new Error(`rows ${counters.rows}, seen ${this.rows}`);
    if (counters.datagrams !== this.datagrams) throw new Error(`datagrams ${counters.datagrams}`);
  }

  /** Counters add up, and no exporter has more than it may. */
  #check(): void {
    checkExportCounters(this.decoder);
    for (const exporter of this.decoder.registry.exporters.values()) {
      if (
        exporter.templates > NETFLOW_LIMITS.templates ||
        exporter.domains.size > NETFLOW_LIMITS.domains ||
        exporter.heldBytes > NETFLOW_LIMITS.heldBytes
      )
        throw new Error(`exporter ${exporter.address} has too much`);
      let templates = 0;
      for (const domain of exporter.domains.values()) {
        templates += domain.templates.size;
        if (domain.unknownSamplers.size > NETFLOW_LIMITS.samplers)
          throw new Error(`${domain.unknownSamplers.size} samplers are not known`);
      }
      if (templates !== exporter.templates)
        throw new Error(`${templates} templates, counted ${exporter.templates}`);
    }
  }
}

/** Datagrams of sFlow, with all tunnels opened. */
export class SflowFeed implements Feed {
  readonly decoder: SflowDecoder;
  readonly #seed: number;
  readonly #batch = new FlowBatch();
  rows = 0;
  datagrams = 0;

  constructor(seed: number) {
    this.#seed = seed;
    const flush = (batch: FlowBatch) => {
      checkBatch(batch, NOW + this.datagrams);
      this.rows += batch.count;
      batch.clear();
    };
    this.decoder = new SflowDecoder({ batch: this.#batch, flush }, SFLOW_LIMITS, ALL_TUNNELS);
  }

  step(number: number): number {
    const { decoder } = this;
    const next = random(this.#seed + number);
    const good = GOOD_SFLOW[next(GOOD_SFLOW.length)]!;
    const bytes = next(8) === 0 ? good : mutate(good, next);
    const now = NOW + this.datagrams++;
    return timed(`sFlow case ${number}`, bytes, () => {
      decoder.datagram(bytes, 0, bytes.length, String(next(6)), now * MICROS);
      checkBatch(this.#batch, now);
      this.rows += this.#batch.count;
      this.#batch.clear();
      if (this.datagrams % 1000 === 0) decoder.tick(now * MICROS);
    });
  }

  finish(): void {
    this.decoder.end();
    checkSampleCounters(this.decoder);
    const { counters, registry } = this.decoder;
    if (counters.rows !== this.rows) throw new Error(`rows ${counters.rows}, seen ${this.rows}`);
    if (registry.exporters.size > SFLOW_LIMITS.exporters)
      throw new Error(`${registry.exporters.size} exporters`);
    for (const { agents } of registry.exporters.values()) {
      if (agents.length > SFLOW_LIMITS.agents) throw new Error(`${agents.length} agents`);
      for (const { sources } of agents)
        if (sources.size > SFLOW_LIMITS.sources) throw new Error(`${sources.size} sources`);
    }
  }
}

/** IPFIX streams of a few messages in pieces of random length, one after the other. */
export class StreamFeed implements Feed {
  readonly decoder: NetflowDecoder;
  readonly #seed: number;
  readonly #batch = new FlowBatch();
  readonly #messages = GOOD_NETFLOW.filter((bytes) => bytes[1] === 10);
  rows = 0;
  datagrams = 0;
  /** Streams that could be read to their end. */
  whole = 0;

  constructor(seed: number) {
    this.#seed = seed;
    const flush = (batch: FlowBatch) => {
      checkBatch(batch, NOW);
      this.rows += batch.count;
      batch.clear();
    };
    this.decoder = new NetflowDecoder({ batch: this.#batch, flush }, { limits: NETFLOW_LIMITS });
  }

  step(number: number): number {
    const { decoder } = this;
    const next = random(this.#seed + number);
    const count = 1 + next(8);
    const all = Buffer.concat(
      Array.from({ length: count }, () => this.#messages[next(this.#messages.length)]!),
    );
    const bytes = next(4) === 0 ? all : mutate(all, next);
    this.datagrams += count;
    return (
      timed(`stream case ${number}`, bytes, () => {
        const stream = new IpfixStream(decoder, 'a', NOW * MICROS);
        for (let at = 0; at < bytes.length;) {
          const size = 1 + next(2000);
          stream.push(bytes.subarray(at, at + size), NOW * MICROS);
          at += size;
        }
        stream.end(NOW * MICROS);
        if (stream.fault === undefined) this.whole++;
        checkBatch(this.#batch, NOW);
        this.rows += this.#batch.count;
        this.#batch.clear();
        if (decoder.heldBytes !== 0 || decoder.registry.templates !== 0)
          throw new Error(
            `${decoder.heldBytes} bytes, ${decoder.registry.templates} templates outlive their stream`,
          );
      }) / count
    );
  }

  finish(): void {
    checkExportCounters(this.decoder);
    if (this.decoder.counters.rows !== this.rows) throw new Error(`rows ${this.decoder.counters.rows}`);
  }
}

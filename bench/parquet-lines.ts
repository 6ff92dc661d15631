/** Lines of flow logs made up by a fixed rule, in batches: what both writers of the Parquet bench are given. */
import { VPC_FIELDS } from '../src/records/catalogue.ts';
import type { Field } from '../src/records/catalogue.ts';

/** The default format, and six fields more. */
const MORE = new Set(['vpc-id', 'subnet-id', 'instance-id', 'tcp-flags', 'flow-direction', 'traffic-path']);
export const BENCH_FIELDS: readonly Field[] = [
  ...VPC_FIELDS.slice(0, 14),
  ...VPC_FIELDS.filter(({ id }) => MORE.has(id)),
];

/** Fields that follow from the interface. */
export const FACTS = ['account-id', 'interface-id', 'vpc-id', 'subnet-id', 'instance-id'] as const;

/** Lines of a batch. */
export const BATCH = 4096;
const INTERFACES = 4096;
const REMOTES = 200_000;
const START = 1_790_000_000;
/** Of a hundred lines: IPv6, and rejected. */
const SIX_PERCENT = 5;
const REJECT_PERCENT = 3;
const FLAGS = Uint8Array.of(2, 3, 18, 19);
const SERVICES = Uint16Array.of(443, 443, 443, 80, 53, 22, 5432, 8080);

/** A batch of lines, used again for the next. Addresses are four words, IPv4 in the last. */
export class Lines {
  count = 0;
  readonly interfaces = new Int32Array(BATCH);
  readonly six = new Uint8Array(BATCH);
  readonly egress = new Uint8Array(BATCH);
  readonly rejected = new Uint8Array(BATCH);
  readonly sources = new Int32Array(4 * BATCH);
  readonly destinations = new Int32Array(4 * BATCH);
  readonly sourcePorts = new Int32Array(BATCH);
  readonly destinationPorts = new Int32Array(BATCH);
  readonly protocols = new Int32Array(BATCH);
  readonly flags = new Int32Array(BATCH);
  readonly packets = new Float64Array(BATCH);
  readonly bytes = new Float64Array(BATCH);
  readonly starts = new Float64Array(BATCH);
  readonly ends = new Float64Array(BATCH);
  readonly #rows: number;
  #row = 0;
  #random = 0x2545f491;

  constructor(rows: number) {
    this.#rows = rows;
  }

  /** Fills the batch with the next lines, ordered by interface as in an object; false when there are none. */
  next(): boolean {
    this.count = Math.min(BATCH, this.#rows - this.#row);
    for (let i = 0; i < this.count; i++) this.#fill(i, Math.floor((this.#row++ * INTERFACES) / this.#rows));
    return this.count > 0;
  }

  #fill(i: number, number: number): void {
    const six = this.#below(100) < SIX_PERCENT ? 1 : 0;
    const egress = this.#below(2);
    const udp = this.#below(4) === 0;
    this.interfaces[i] = number;
    this.six[i] = six;
    this.egress[i] = egress;
    this.rejected[i] = this.#below(100) < REJECT_PERCENT ? 1 : 0;
    const part = this.#below(1000) / 1000;
    const remote = Math.imul(Math.floor(REMOTES * part * part) + this.#below(200), 0x9e3779b1);
    const own = egress === 1 ? this.sources : this.destinations;
    own[4 * i] = six * 0x20010db8;
    own[4 * i + 2] = 0;
    own[4 * i + 3] = six === 1 ? number : 0x0a000000 + number;
    const other = egress === 1 ? this.destinations : this.sources;
    other[4 * i] = six * 0x20010db9;
    other[4 * i + 2] = six * (remote & 0xffff);
    other[4 * i + 3] = remote;
    const ephemeral = 32768 + this.#below(28232);
    const service = SERVICES[this.#below(SERVICES.length)]!;
    this.sourcePorts[i] = egress === 1 ? ephemeral : service;
    this.destinationPorts[i] = egress === 1 ? service : ephemeral;
    this.protocols[i] = udp ? 17 : 6;
    this.flags[i] = udp ? 0 : FLAGS[this.#below(4)]!;
    const packets = 1 + Math.floor(1000 / (1 + this.#below(1000)));
    this.packets[i] = packets;
    this.bytes[i] = packets * (40 + this.#below(1420));
    const start = START + this.#below(60);
    this.starts[i] = start;
    this.ends[i] = Math.min(START + 59, start + this.#below(20));
  }

  /** From 0 to `count` - 1. */
  #below(count: number): number {
    let x = this.#random;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#random = x;
    return (x >>> 0) % count;
  }
}

/** What fields of an interface say. */
export function factOf(id: string, number: number): string {
  const hex = (Math.imul(number + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0');
  if (id === 'interface-id') return `eni-0${hex}${hex}`;
  if (id === 'instance-id') return number % 5 === 0 ? '-' : `i-0${hex}${hex}`;
  if (id === 'subnet-id') return `subnet-0a1b2c3d4e5f6${String(number % 12).padStart(4, '0')}`;
  if (id === 'vpc-id') return `vpc-0a1b2c3d4e5f6000${number % 3}`;
  return '123456789012';
}

/** The way that egress takes; ingress has none. */
export function pathOf(number: number): number {
  return 1 + (number % 8);
}

import { META_IPV6, foldAddress } from '../batch.ts';
import { type FlowBatch, META_POST_IPV6, META_TRANSLATED } from '../flow-batch.ts';
import type { Plan } from './plan.ts';
import { ADDRESS_POST_DST, ADDRESS_POST_SRC, SLOT_POST_DST_PORT, SLOT_POST_SRC_PORT } from './slots.ts';
import { CHUNK, type Values } from './values.ts';

/** Whether records of a plan say what is behind a translation. */
export function translates(plan: Plan): boolean {
  return (
    (plan.has4[ADDRESS_POST_SRC]! |
      plan.has4[ADDRESS_POST_DST]! |
      plan.has6[ADDRESS_POST_SRC]! |
      plan.has6[ADDRESS_POST_DST]! |
      plan.has[SLOT_POST_SRC_PORT]! |
      plan.has[SLOT_POST_DST_PORT]!) !==
    0
  );
}

/**
 * Sets the columns behind the translation (RFC 8158; S7.5) of a row whose addresses and ports are set. A field of 0
 * means that this side is not translated. Returns the row's meta bits: none where nothing differs.
 */
export function setTranslation(
  batch: FlowBatch,
  row: number,
  values: Values,
  k: number,
  ipv6: boolean,
): number {
  const source = ADDRESS_POST_SRC * CHUNK + k;
  const destination = ADDRESS_POST_DST * CHUNK + k;
  const words = values.addresses6;
  const any6 = isSet6(words, 4 * source) || isSet6(words, 4 * destination);
  const any4 = (values.addresses4[source]! | values.addresses4[destination]!) !== 0;
  const post6 = any6 || (ipv6 && !any4);
  let changed = post6 !== ipv6;
  if (post6) {
    const from = ipv6 ? batch.src6 : undefined;
    const to = ipv6 ? batch.dst6 : undefined;
    batch.postSrc[row] = setSide6(words, 4 * source, from, batch.postSrc6, 4 * row);
    batch.postDst[row] = setSide6(words, 4 * destination, to, batch.postDst6, 4 * row);
    changed ||= differ(batch.src6, batch.postSrc6, 4 * row) || differ(batch.dst6, batch.postDst6, 4 * row);
  } else {
    batch.postSrc[row] = values.addresses4[source]! || (ipv6 ? 0 : batch.src[row]!);
    batch.postDst[row] = values.addresses4[destination]! || (ipv6 ? 0 : batch.dst[row]!);
    changed ||= batch.postSrc[row] !== batch.src[row] || batch.postDst[row] !== batch.dst[row];
  }
  const ports = batch.ports[row]!;
  const sourcePort = values.numbers[SLOT_POST_SRC_PORT * CHUNK + k]! || ports >>> 16;
  const destinationPort = values.numbers[SLOT_POST_DST_PORT * CHUNK + k]! || ports & 0xffff;
  batch.postPorts[row] = (sourcePort << 16) | (destinationPort & 0xffff);
  changed ||= batch.postPorts[row] !== ports;
  return changed ? META_TRANSLATED | (post6 ? META_POST_IPV6 : 0) : 0;
}

/**
 * Turns a row around: what comes back. It comes to the addresses behind the translation, if there is one, and goes on
 * to those before it. `ports`: whether the protocol has ports to turn around. Returns the row's meta.
 */
export function turnAround(batch: FlowBatch, row: number, meta: number, ports: boolean): number {
  if ((meta & META_TRANSLATED) === 0) {
    swap(batch.src, row, batch.dst, row);
    if ((meta & META_IPV6) !== 0) swapWords(batch.src6, batch.dst6, 4 * row);
    if (ports) batch.ports[row] = halvesSwapped(batch.ports[row]!);
    return meta;
  }
  swap(batch.src, row, batch.postDst, row);
  swap(batch.dst, row, batch.postSrc, row);
  swapWords(batch.src6, batch.postDst6, 4 * row);
  swapWords(batch.dst6, batch.postSrc6, 4 * row);
  swap(batch.ports, row, batch.postPorts, row);
  if (ports) {
    batch.ports[row] = halvesSwapped(batch.ports[row]!);
    batch.postPorts[row] = halvesSwapped(batch.postPorts[row]!);
  }
  const families = meta & (META_IPV6 | META_POST_IPV6);
  return (
    (meta & ~(META_IPV6 | META_POST_IPV6)) |
    ((families & META_IPV6) === 0 ? 0 : META_POST_IPV6) |
    ((families & META_POST_IPV6) === 0 ? 0 : META_IPV6)
  );
}

/** Copies four words, and gives their fold for the src and dst columns. */
export function copyWords(from: Int32Array, at: number, to: Int32Array, index: number): number {
  const a = from[at]!;
  const b = from[at + 1]!;
  const c = from[at + 2]!;
  const d = from[at + 3]!;
  to[index] = a;
  to[index + 1] = b;
  to[index + 2] = c;
  to[index + 3] = d;
  return foldAddress(a, b, c, d);
}

/** Whether an IPv6 address is not the unspecified one. */
export function isSet6(words: Int32Array, at: number): boolean {
  return (words[at]! | words[at + 1]! | words[at + 2]! | words[at + 3]!) !== 0;
}

function setSide6(
  words: Int32Array,
  at: number,
  before: Int32Array | undefined,
  to: Int32Array,
  index: number,
): number {
  if (before === undefined || isSet6(words, at)) return copyWords(words, at, to, index);
  return copyWords(before, index, to, index);
}

function differ(a: Int32Array, b: Int32Array, at: number): boolean {
  for (let i = at; i < at + 4; i++) if (a[i] !== b[i]) return true;
  return false;
}

function swap(a: Int32Array, i: number, b: Int32Array, j: number): void {
  const word = a[i]!;
  a[i] = b[j]!;
  b[j] = word;
}

function swapWords(a: Int32Array, b: Int32Array, at: number): void {
  for (let i = at; i < at + 4; i++) swap(a, i, b, i);
}

function halvesSwapped(word: number): number {
  return (word << 16) | (word >>> 16);
}

import type { Member, Scalar, Shape, Structure } from '../../../src/api/protocol/shapes.ts';

/** A seeded source of numbers in [0, 1): the same seed gives the same values everywhere (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export type Json = string | number | boolean | Date | Uint8Array | Json[] | { [member: string]: Json };

const TEXTS = [
  'plain',
  'a b+c%20=d&e',
  '<tag attr="1">it\'s</tag> & more ]]>',
  'žluťoučký 🐎 漢字',
  'line\nfeed\ttab',
  'carriage\r\nreturn',
  '0x10',
  '12',
  'true',
  '${version} ${account-id}',
  '__proto__',
  '&amp;lt;',
];

/** Deepest level at which structures and lists are still filled. */
const MAX_LEVEL = 7;

/**
 * Random values of shapes. `wire` says what can be told apart on it: a form cannot hold empty lists and
 * structures, XML can.
 */
export class RandomValues {
  readonly #random: () => number;
  readonly #wire: 'form' | 'xml';

  constructor(random: () => number, wire: 'form' | 'xml') {
    this.#random = random;
    this.#wire = wire;
  }

  /** An input or output: every member of the first level with a good chance, required ones always. */
  root(shape: Structure): { [member: string]: Json } {
    return this.#structure(shape, 0) ?? {};
  }

  #value(shape: Shape, level: number): Json | undefined {
    if (shape.kind === 'structure') return this.#structure(shape, level);
    if (shape.kind === 'list') return this.#list(shape.item, level);
    return this.#scalar(shape);
  }

  #structure(shape: Structure, level: number): { [member: string]: Json } | undefined {
    const out: { [member: string]: Json } = {};
    for (const member of shape.members) {
      if (!this.#wanted(member, level)) continue;
      const value = this.#value(member.shape, level + 1);
      if (value !== undefined) out[member.name] = value;
    }
    if (Object.keys(out).length > 0 || this.#wire === 'xml' || level === 0) return out;
    // A form holds no empty structure: the first member that can be filled.
    for (const member of level > MAX_LEVEL + 2 ? [] : shape.members) {
      const value = this.#value(member.shape, level + 1);
      if (value !== undefined) return { [member.name]: value };
    }
    return undefined;
  }

  #wanted(member: Member, level: number): boolean {
    if (member.required) return true;
    const isScalar = member.shape.kind !== 'structure' && member.shape.kind !== 'list';
    if (level > MAX_LEVEL && !isScalar) return false;
    // Idempotency tokens are filled in by the client when they are absent: they are always given here.
    if (member.name === 'ClientToken') return true;
    return this.#random() < (level === 0 ? 0.8 : 0.35);
  }

  #list(item: Shape, level: number): Json[] | undefined {
    const length = Math.floor(this.#random() * 3) + (this.#wire === 'form' ? 1 : 0);
    const items = Array.from({ length }, () => this.#value(item, level + 1)).filter((v) => v !== undefined);
    return items.length === 0 && this.#wire === 'form' ? undefined : items;
  }

  #scalar({ kind }: Scalar): Json {
    const n = this.#random();
    switch (kind) {
      case 'string':
        return TEXTS[Math.floor(n * TEXTS.length)]!;
      case 'integer':
        return n < 0.1 ? 0 : Math.floor((n - 0.5) * 2 ** (n < 0.5 ? 16 : 40));
      case 'boolean':
        return n < 0.5;
      case 'timestamp':
        return new Date(Math.floor(n * 4e12));
      default:
        return new Uint8Array(Math.floor(n * 9) + 1).map((_, i) => (i * 37 + n * 256) & 255);
    }
  }
}

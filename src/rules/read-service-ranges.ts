/** The vendor's list of its services' addresses (ip-ranges.json) to ServiceRanges. */
import { createHash } from 'node:crypto';
import { messageOf, UserError } from '../base/errors.ts';
import { flattenPrefixes, parsePrefix, type Prefix } from '../base/prefixes.ts';
import { readTextFile } from '../base/yaml-file.ts';
import { shared } from '../network/index-table.ts';
import type { ServiceRanges } from '../network/service-ranges.ts';

/** The published file has about 10,000 ranges in 2 MB, of about 30 services. */
const MAX_BYTES = 64 << 20;
const MAX_RANGES = 1 << 20;
const MAX_CODES = 1 << 10;
const MAX_CODE_LENGTH = 64;
/** What a code may be: it goes into record lines. Any such code is taken, not only those of record format 1.4. */
const CODE = /^[A-Z0-9_]+$/;
/** How many faults are shown. */
const MAX_SHOWN = 20;

/** All of the vendor's addresses: said only where no service of its own has the range. */
const WHOLE = 'AMAZON';
/** Rented machines: many services run on their addresses. */
const MACHINES = 'EC2';

/** Reads the file of that name. UserError. */
export function readServiceRanges(file: string): ServiceRanges {
  return parseServiceRanges(readTextFile(file, 'list of service ranges', MAX_BYTES), file);
}

/** The ranges of a list's text; `where` is its name in messages. A UserError names up to 20 faults. */
export function parseServiceRanges(text: string, where: string): ServiceRanges {
  const reading = new Reading(where);
  const data = reading.json(text);
  reading.list(data, 'prefixes', 'ip_prefix', 4);
  reading.list(data, 'ipv6_prefixes', 'ipv6_prefix', 6);
  reading.refuseFaults();
  const { prefixes, codes } = reading;
  const names = [...new Set(codes)].sort();
  if (names.length > MAX_CODES) {
    throw new UserError(`${where}: it has ${names.length} services, more than ${MAX_CODES}: shorten it`);
  }
  // Of equal ranges the last one counts: one code is printed, and it is the same one in every run.
  const order = prefixes.map((_, i) => i).sort((a, b) => precedence(codes[a]!, codes[b]!));
  const numbers = new Map(names.map((name, i) => [name, i + 1]));
  const sorted = order.map((i) => prefixes[i]!);
  const values = order.map((i) => numbers.get(codes[i]!)!);
  const [four, six] = [flattenPrefixes(4, sorted, values), flattenPrefixes(6, sorted, values)];
  const ranges = {
    codes: Object.freeze(names),
    starts4: sharedStarts(four.starts),
    values4: shared(four.values),
    starts6: sharedStarts(six.starts),
    values6: shared(six.values),
  };
  const hash = createHash('sha256').update(names.join(' '));
  for (const it of [ranges.starts4, ranges.values4, ranges.starts6, ranges.values6]) {
    hash.update(`;${it.length};`).update(new Uint8Array(it.buffer));
  }
  return Object.freeze({ ...ranges, digest: hash.digest('hex') });
}

/** Orders codes of one range, what is printed last: AMAZON, then EC2, then the others, Z to A. The service is only
 * said to print one of them (record format 1.1); which is decided here. */
function precedence(a: string, b: string): number {
  if (a === b) return 0;
  if (a === WHOLE || b === WHOLE) return a === WHOLE ? -1 : 1;
  if (a === MACHINES || b === MACHINES) return a === MACHINES ? -1 : 1;
  return a < b ? 1 : -1;
}

function sharedStarts(starts: Uint32Array): Uint32Array {
  const out = new Uint32Array(new SharedArrayBuffer(4 * starts.length));
  out.set(starts);
  return out;
}

/** The entries of a list that is being read, and what is wrong with it. */
class Reading {
  readonly prefixes: Prefix[] = [];
  readonly codes: string[] = [];
  readonly #where: string;
  readonly #faults: string[] = [];
  #more = 0;

  constructor(where: string) {
    this.#where = where;
  }

  json(text: string): Record<string, unknown> {
    let data: unknown;
    try {
      data = JSON.parse(text);
    } catch (error) {
      const what = `${this.#where}: the list of service ranges is no JSON: ${messageOf(error)}`;
      throw new UserError(what, { cause: error });
    }
    if (isObject(data)) return data;
    throw new UserError(`${this.#where}: not a list of service ranges: it needs "prefixes" in an object`);
  }

  list(data: Record<string, unknown>, name: string, member: string, family: 4 | 6): void {
    const entries = data[name];
    if (!Array.isArray(entries)) {
      throw new UserError(
        `${this.#where}: not a list of service ranges: it needs a list "${name}" of {${member}, service}`,
      );
    }
    if (entries.length > MAX_RANGES) {
      throw new UserError(
        `${this.#where}: ${name} has ${entries.length} entries, more than ${MAX_RANGES}: shorten it`,
      );
    }
    entries.forEach((entry, i) => {
      const problem = this.#entry(entry, member, family);
      if (problem === undefined) return;
      if (this.#faults.length < MAX_SHOWN) this.#faults.push(`${this.#where}: ${name}[${i}]: ${problem}`);
      else this.#more++;
    });
  }

  refuseFaults(): void {
    if (this.#faults.length === 0) return;
    const more = this.#more === 0 ? [] : [`${this.#where}: ${this.#more} more`];
    throw new UserError([...this.#faults, ...more].join('\n'));
  }

  /** Takes an entry; what is wrong with it, if anything is. */
  #entry(entry: unknown, member: string, family: 4 | 6): string | undefined {
    if (!isObject(entry)) return `write an object with ${member} and service`;
    const { [member]: text, service } = entry;
    if (typeof text !== 'string') return `it needs ${member}, a prefix in quotes`;
    if (typeof service !== 'string') return 'it needs service, a code in quotes';
    if (service.length > MAX_CODE_LENGTH || !CODE.test(service)) {
      const shown = JSON.stringify(service.slice(0, MAX_CODE_LENGTH));
      return `${shown} is no service code: write up to ${MAX_CODE_LENGTH} of A-Z, 0-9 and _`;
    }
    let prefix: Prefix;
    try {
      prefix = parsePrefix(text);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return error.message;
    }
    if (prefix.family !== family) return `${text} is no IPv${family} prefix`;
    this.prefixes.push(prefix);
    this.codes.push(service);
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Networks and lines of the tests of rules. */
import { parseAddress } from '../../src/base/addresses.ts';
import { Snapshot } from '../../src/network/snapshot.ts';
import { parseNetwork } from '../../src/network/yaml.ts';
import { newLine, type Line } from '../../src/rules/line.ts';
import { NO_INTERFACE } from '../../src/network/lookup.ts';
import type { ServiceRanges } from '../../src/network/service-ranges.ts';

export const OWNER = { account: '123456789012', region: 'eu-central-1' } as const;

/** A snapshot of a network file's text; by default one scope that sees all. */
export function snapshotOf(
  text: string,
  more: {
    readonly version?: number;
    readonly services?: ServiceRanges;
    readonly scopes?: 'all' | string[][];
  } = {},
): Snapshot {
  const network = parseNetwork(text, 'n.yaml', OWNER);
  return Snapshot.build(network, {
    version: more.version ?? 1,
    scopes: more.scopes ?? 'all',
    services: more.services,
  });
}

export function wordsOf(text: string): Int32Array {
  return Int32Array.from(parseAddress(text)!.words);
}

/** Ids in tests are short: eni-1 is eni-00000001. */
export function id(short: string): string {
  return short.replace(/^(.*)-([0-9a-f]{1,8})$/, (_, kind: string, hex: string) => {
    return `${kind}-${hex.padStart(8, '0')}`;
  });
}

/** Text with each short id written out. */
export function ids(text: string): string {
  return text.replace(
    /\b(tgw-attach|tgw-rtb|vpcbpa-exclude|[a-z]+)-([0-9a-f]{1,3})\b/g,
    (all, kind: string, hex: string) => (KINDS.has(kind) ? `${kind}-${hex.padStart(8, '0')}` : all),
  );
}

const KINDS = new Set(
  `vpc subnet eni i igw eigw vgw nat rtb vpce pcx tgw tgw-attach tgw-rtb lgw cagw pl vpcec vpcbpa-exclude vpn`.split(
    ' ',
  ),
);

export interface LineText {
  /** The recording interface, by its short id or number. */
  readonly at: string | number;
  /** `10.0.0.1:443 > 10.0.0.2:50000`; without ports, ICMP. */
  readonly flow: string;
  readonly out?: boolean;
  /** The other interface, by its short id or number. */
  readonly other?: string | number;
  readonly protocol?: number;
  readonly rejected?: boolean;
  readonly answer?: boolean;
}

/** A line as a writer would fill it. */
export function lineOf(network: Snapshot, text: LineText): Line {
  const [from, to] = text.flow.split(' > ').map(endOf);
  const line = newLine();
  line.number = typeof text.at === 'number' ? text.at : network.numberOf(id(text.at));
  if (line.number === NO_INTERFACE) throw new Error(`the network has no ${text.at}`);
  line.other =
    typeof text.other === 'number'
      ? text.other
      : text.other === undefined
        ? NO_INTERFACE
        : network.numberOf(id(text.other));
  line.egress = text.out ?? false;
  line.six = from!.six;
  line.source.set(from!.words);
  line.destination.set(to!.words);
  line.protocol = text.protocol ?? (from!.port === 0 && to!.port === 0 ? 1 : 6);
  line.sourcePort = from!.port;
  line.destinationPort = to!.port;
  line.rejected = text.rejected ?? false;
  line.initiator = !(text.answer ?? false);
  return line;
}

function endOf(text: string): { words: Int32Array; port: number; six: boolean } {
  const [, address, port] =
    /^\[?([0-9a-f:]*:[0-9a-f:]*|[0-9.]+)(?:\]?:([0-9]+))?\]?$/.exec(
      text.startsWith('[') ? text : text.includes('::') ? `[${text}]` : text,
    ) ?? [];
  if (address === undefined || parseAddress(address) === undefined) throw new Error(`no end: ${text}`);
  return { words: wordsOf(address), port: Number(port ?? 0), six: address.includes(':') };
}

/** The id of a number's interface, `-` for none. */
export function nameOf(network: Snapshot, number: number): string {
  return number === NO_INTERFACE ? '-' : network.facts(number).interfaceId;
}

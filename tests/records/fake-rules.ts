import { formatIPv4, formatIPv6 } from '../../src/base/addresses.ts';
import type { Line as RuleLine } from '../../src/rules/line.ts';
import type { RecordRules, RejectReason, TransitEnd, TransitRules } from '../../src/rules/record-rules.ts';
import type { Flow } from './windows.ts';

/** A line as rules see it, as plain data. */
export interface Seen {
  readonly number: number;
  readonly other: number;
  readonly egress: boolean;
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly rejected: boolean;
  readonly initiator: boolean;
}

/** What rules say of a line; of what is not given, nothing. */
export interface Answers {
  readonly trafficPath?: (seen: Seen) => number;
  readonly nextHop?: (seen: Seen) => number;
  readonly sourceService?: (seen: Seen) => number;
  readonly destinationService?: (seen: Seen) => number;
  readonly rejectReason?: (seen: Seen) => RejectReason;
  readonly encryptionStatus?: (seen: Seen) => number;
  readonly end?: (attachment: number, address: string) => TransitEnd;
  readonly serviceCodes?: readonly string[];
  readonly rejectsForReasons?: boolean;
}

/** What a flow's line is to rules. */
export function seenOf(flow: Flow, side: 'egress' | 'ingress'): Seen {
  const egress = side === 'egress';
  const protocol = flow.protocol ?? 6;
  const [sourcePort, destinationPort] = protocol === 1 || protocol === 58 ? [0, 0] : (flow.ports ?? [0, 0]);
  return {
    number: (egress ? flow.egress : flow.ingress) ?? 0,
    other: (egress ? flow.ingress : flow.egress) ?? 0,
    egress,
    source: flow.source,
    destination: flow.destination,
    protocol,
    sourcePort,
    destinationPort,
    rejected: flow.verdict === 2,
    initiator: flow.initiator !== false,
  };
}

/** Rules that answer as they are told, and count what they are asked. */
export class FakeRules implements RecordRules, TransitRules {
  readonly asked: Record<string, number> = {};
  readonly serviceCodes: readonly string[];
  readonly rejectsForReasons: boolean;
  readonly #answers: Answers;
  readonly #ends = new Map<string, TransitEnd>();

  constructor(answers: Answers) {
    this.#answers = answers;
    this.serviceCodes = answers.serviceCodes ?? [];
    this.rejectsForReasons = answers.rejectsForReasons ?? answers.rejectReason !== undefined;
  }

  begin(): void {
    this.#count('begin');
  }

  trafficPath(line: RuleLine): number {
    this.#count('trafficPath');
    return this.#answers.trafficPath?.(plain(line)) ?? 0;
  }

  nextHop(line: RuleLine): number {
    this.#count('nextHop');
    return this.#answers.nextHop?.(plain(line)) ?? 0;
  }

  sourceService(line: RuleLine): number {
    this.#count('sourceService');
    return this.#answers.sourceService?.(plain(line)) ?? 0;
  }

  destinationService(line: RuleLine): number {
    this.#count('destinationService');
    return this.#answers.destinationService?.(plain(line)) ?? 0;
  }

  rejectReason(line: RuleLine): RejectReason {
    this.#count('rejectReason');
    return this.#answers.rejectReason?.(plain(line)) ?? 0;
  }

  encryptionStatus(line: RuleLine): number {
    this.#count('encryptionStatus');
    return this.#answers.encryptionStatus?.(plain(line)) ?? -1;
  }

  end(attachment: number, six: boolean, address: Int32Array): TransitEnd {
    this.#count('end');
    const text = textOf(six, address);
    const key = `${attachment} ${text}`;
    const end = this.#ends.get(key) ?? this.#answers.end!(attachment, text);
    this.#ends.set(key, end);
    return end;
  }

  leavesBy(): number {
    throw new Error('records do not ask for ways');
  }

  entersBy(): number {
    throw new Error('records do not ask for ways');
  }

  #count(rule: string): void {
    this.asked[rule] = (this.asked[rule] ?? 0) + 1;
  }
}

function plain({ six, source, destination, ...rest }: RuleLine): Seen {
  return { ...rest, source: textOf(six, source), destination: textOf(six, destination) };
}

function textOf(six: boolean, words: Int32Array): string {
  if (six) return formatIPv6(words[0]!, words[1]!, words[2]!, words[3]!);
  if ((words[0]! | words[1]! | words[2]!) !== 0) throw new Error('words before an IPv4 address are not 0');
  return formatIPv4(words[3]!);
}

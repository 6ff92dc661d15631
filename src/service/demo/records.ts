/** Lines of text read back as records, and questions that people ask of them. */

/** A record by field name; all values as they stand in the line. */
export type TextRecord = Readonly<Record<string, string>>;

/** Names of IANA protocol numbers that people know. */
const PROTOCOLS: Readonly<Record<string, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6' };

/** Names of well-known ports (IANA "Service Name and Port Number Registry", the common short ones). */
const SERVICES: Readonly<Record<string, string>> = {
  20: 'ftp-data',
  21: 'ftp',
  22: 'ssh',
  23: 'telnet',
  25: 'smtp',
  53: 'dns',
  80: 'http',
  123: 'ntp',
  161: 'snmp',
  443: 'https',
  3306: 'mysql',
  3389: 'rdp',
  5432: 'postgres',
};

/** Lines under a header of field names, as records. */
export function readRecords(header: string, lines: readonly string[]): TextRecord[] {
  const names = header.split(' ');
  return lines.map((line) => {
    const values = line.split(' ');
    return Object.fromEntries(names.map((name, k) => [name, values[k] ?? '-']));
  });
}

/** The name of a protocol number, the number itself where none is known. */
export function protocolName(protocol: string): string {
  return PROTOCOLS[protocol] ?? protocol;
}

/** One end of a record: `web:http`, `visitor:41234`; the name alone where there are no ports. */
export function endName(record: TextRecord, end: 'src' | 'dst', nameOf: (address: string) => string): string {
  const name = nameOf(record[`${end}addr`]!);
  const ports = !protocolName(record['protocol']!).startsWith('icmp');
  return ports ? `${name}:${serviceName(record[`${end}port`]!)}` : name;
}

function serviceName(port: string): string {
  return SERVICES[port] ?? port;
}

/** Time of day in UTC of Unix seconds. */
export function timeOfDay(seconds: string): string {
  return new Date(Number(seconds) * 1000).toISOString().slice(11, 19);
}

/** What a client and one service said to each other, both directions together. */
export interface Talk {
  readonly client: string;
  readonly server: string;
  /** `http`, `icmp`, `8080`. */
  readonly service: string;
  /** Records that are of it; one that both ends' interfaces made counts once. */
  records: number;
  packets: number;
  bytes: number;
}

/** Fields that are the same in the records of one flow at two interfaces. */
const FLOW_FIELDS = ['srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol', 'start', 'end'] as const;

/**
 * Conversations of default records by bytes, the largest first; the lower port is the service's. `nameOf` gives
 * addresses and interfaces the names that they are added up by. What was refused was no conversation.
 */
export function talks(records: readonly TextRecord[], nameOf: (address: string) => string): Talk[] {
  const found = new Map<string, Talk>();
  const seen = new Set<string>();
  for (const record of records) {
    const flow = FLOW_FIELDS.map((field) => record[field]).join(' ');
    if (record['action'] !== 'ACCEPT' || seen.has(flow)) continue;
    seen.add(flow);
    const { client, server, service } = endsOf(record, nameOf);
    const key = `${client} ${server} ${service}`;
    const talk = found.get(key) ?? { client, server, service, records: 0, packets: 0, bytes: 0 };
    found.set(key, talk);
    talk.records++;
    talk.packets += Number(record['packets']);
    talk.bytes += Number(record['bytes']);
  }
  return [...found.values()].toSorted((a, b) => b.bytes - a.bytes);
}

function endsOf(
  record: TextRecord,
  nameOf: (address: string) => string,
): { client: string; server: string; service: string } {
  const { srcaddr = '', dstaddr = '', srcport = '', dstport = '', protocol = '' } = record;
  const [from, to] = [nameOf(srcaddr), nameOf(dstaddr)];
  const name = protocolName(protocol);
  if (name.startsWith('icmp')) {
    // No ports say who asked: the end that the record was made at is taken for the one that answered.
    const here = nameOf(record['interface-id'] ?? '') === from;
    return { client: here ? to : from, server: here ? from : to, service: 'ping' };
  }
  return Number(dstport) < Number(srcport)
    ? { client: from, server: to, service: serviceName(dstport) }
    : { client: to, server: from, service: serviceName(srcport) };
}

/** What one was refused at another. */
export interface Refusal {
  readonly from: string;
  readonly to: string;
  /** `22 ssh`, `udp 53 dns`, `icmp`: each once, by protocol and number. */
  readonly ports: readonly string[];
}

/** Refused attempts by who and whom, the one with the most ports first. */
export function refusals(records: readonly TextRecord[], nameOf: (address: string) => string): Refusal[] {
  const refused = records.filter((record) => record['action'] === 'REJECT');
  const pair = (record: TextRecord): string => `${nameOf(record['srcaddr']!)} ${nameOf(record['dstaddr']!)}`;
  return [...Map.groupBy(refused, pair).values()]
    .map((its) => ({
      from: nameOf(its[0]!['srcaddr']!),
      to: nameOf(its[0]!['dstaddr']!),
      ports: portNames(its),
    }))
    .toSorted((a, b) => b.ports.length - a.ports.length || (a.from < b.from ? -1 : 1));
}

function portNames(records: readonly TextRecord[]): string[] {
  const number = (record: TextRecord, field: string): number => Number(record[field]);
  const inOrder = records.toSorted(
    (a, b) => number(a, 'protocol') - number(b, 'protocol') || number(a, 'dstport') - number(b, 'dstport'),
  );
  return [...new Set(inOrder.map((record) => portName(record['protocol']!, record['dstport']!)))];
}

function portName(protocol: string, port: string): string {
  const name = protocolName(protocol);
  // ICMP has no ports; records print 0.
  if (name.startsWith('icmp')) return name;
  const service = SERVICES[port];
  return [...(name === 'tcp' ? [] : [name]), port, ...(service === undefined ? [] : [service])].join(' ');
}

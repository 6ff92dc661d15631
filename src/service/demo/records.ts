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

/** `10.20.2.20:http`; IPv6 addresses in brackets. */
export function endName(address: string, port: string): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return `${host}:${SERVICES[port] ?? port}`;
}

/** Time of day in UTC of Unix seconds. */
export function timeOfDay(seconds: string): string {
  return new Date(Number(seconds) * 1000).toISOString().slice(11, 19);
}

/** What a client and one service said to each other, both directions together. */
export interface Talk {
  readonly client: string;
  readonly service: string;
  packets: number;
  bytes: number;
}

/** Conversations of the records of one interface by bytes, the largest first; the lower port is the service's. */
export function talks(records: readonly TextRecord[]): Talk[] {
  const found = new Map<string, Talk>();
  for (const record of records) {
    const { srcaddr = '', dstaddr = '', srcport = '', dstport = '' } = record;
    const toService = Number(dstport) < Number(srcport);
    const client = toService ? srcaddr : dstaddr;
    const service = toService ? endName(dstaddr, dstport) : endName(srcaddr, srcport);
    const key = `${client} ${service}`;
    const talk = found.get(key) ?? { client, service, packets: 0, bytes: 0 };
    found.set(key, talk);
    talk.packets += Number(record['packets']);
    talk.bytes += Number(record['bytes']);
  }
  return [...found.values()].sort((a, b) => b.bytes - a.bytes);
}

/** What a firewall said of the ports of one address. */
export interface Verdicts {
  readonly action: string;
  readonly address: string;
  /** `22 ssh`, `udp 53 dns`, `icmp`: each once, by protocol and number. */
  readonly ports: readonly string[];
}

/** Ports by action and destination (`pkt-dstaddr`), addresses in the order of their text. */
export function verdicts(records: readonly TextRecord[], action: string): Verdicts[] {
  const asked = records.filter((record) => record['action'] === action);
  return [...Map.groupBy(asked, (record) => record['pkt-dstaddr']!)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([address, its]) => ({ action, address, ports: portNames(its) }));
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

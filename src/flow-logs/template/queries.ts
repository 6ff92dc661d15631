/** The named queries: the service's names and what they tell; how it words them is not published. */

/** A query of a template. */
export interface NamedQuery {
  readonly name: string;
  readonly description: string;
  readonly sql: string;
}

interface Query {
  readonly name: string;
  readonly description: string;
  /** Columns that it needs: a table without one of them does not get the query. */
  readonly needs: readonly string[];
  /** Of a table's name in SQL. */
  readonly sql: (table: string) => string;
}

const TCP = 6;
/** SSH and RDP. */
const SHELL_PORTS = [22, 3389];
/** Ports that administration interfaces listen on (inferred: the service does not publish its list). */
const ADMIN_PORTS = [2082, 2083, 2086, 2087, 4848, 8080, 8081, 8443, 8888, 9090, 9443, 10000];
/** For the reader of the query to replace: an address of documentation. */
const EXAMPLE_ADDRESS = '192.0.2.1';
const MANY = 50;
const FEW = 10;

const CONNECTION = ['srcaddr', 'srcport', 'dstaddr', 'dstport'];

/** What matches, in sums by connection, the largest first. */
function connections(condition: string): Query['sql'] {
  const columns = CONNECTION.join(', ');
  return (table) =>
    `SELECT ${columns}, SUM(packets) AS totalpackets, SUM(bytes) AS totalbytes FROM ${table} ` +
    `WHERE ${condition} GROUP BY ${columns} ORDER BY totalbytes DESC, ${columns} LIMIT ${MANY}`;
}

/** Bytes by a column, the largest first; what has none (`-`) left out. */
function bytesBy(columns: readonly string[], condition?: string): Query['sql'] {
  const list = columns.join(', ');
  const conditions = [
    ...columns.map((it) => `${it} <> '-'`),
    ...(condition === undefined ? [] : [condition]),
  ];
  return (table) =>
    `SELECT ${list}, SUM(bytes) AS totalbytes FROM ${table} WHERE ${conditions.join(' AND ')} ` +
    `GROUP BY ${list} ORDER BY totalbytes DESC, ${list} LIMIT ${MANY}`;
}

/** Bytes of addresses at either end. */
function talkers(source: string, destination: string): Query['sql'] {
  return (table) =>
    `SELECT ipaddr, SUM(bytes) AS totalbytes FROM (` +
    `SELECT ${source} AS ipaddr, bytes FROM ${table} UNION ALL ` +
    `SELECT ${destination} AS ipaddr, bytes FROM ${table}) AS ends ` +
    `WHERE ipaddr <> '-' GROUP BY ipaddr ORDER BY totalbytes DESC, ipaddr LIMIT ${MANY}`;
}

/** Bytes of the addresses that serve ports: to them and from them. */
function servers(ports: readonly number[]): Query['sql'] {
  const list = ports.join(', ');
  return (table) =>
    `SELECT ipaddr, SUM(bytes) AS totalbytes FROM (` +
    `SELECT dstaddr AS ipaddr, bytes FROM ${table} WHERE dstport IN (${list}) UNION ALL ` +
    `SELECT srcaddr AS ipaddr, bytes FROM ${table} WHERE srcport IN (${list})) AS served ` +
    `WHERE ipaddr <> '-' GROUP BY ipaddr ORDER BY totalbytes DESC, ipaddr LIMIT ${FEW}`;
}

function ofFamily(type: 'IPv4' | 'IPv6'): Query['sql'] {
  return (table) => `SELECT SUM(bytes) AS totalbytes FROM ${table} WHERE type = '${type}'`;
}

function ofAddress(column: string): Query['sql'] {
  return (table) =>
    `SELECT * FROM ${table} WHERE ${column} = '${EXAMPLE_ADDRESS}' ORDER BY bytes DESC LIMIT ${MANY}`;
}

const COUNTED = [...CONNECTION, 'packets', 'bytes'];

/** In the order of the service's list, with its descriptions. */
const QUERIES: readonly Query[] = [
  {
    name: 'VpcFlowLogsAcceptedTraffic',
    description: 'The TCP connections that were allowed based on your security groups and network ACLs.',
    needs: [...COUNTED, 'action', 'protocol'],
    sql: connections(`action = 'ACCEPT' AND protocol = ${TCP}`),
  },
  {
    name: 'VpcFlowLogsAdminPortTraffic',
    description:
      'The top 10 IP addresses with the most traffic, as recorded by applications serving requests on administrative ports.',
    needs: [...CONNECTION, 'bytes'],
    sql: servers(ADMIN_PORTS),
  },
  {
    name: 'VpcFlowLogsIPv4Traffic',
    description: 'The total bytes of IPv4 traffic recorded.',
    needs: ['type', 'bytes'],
    sql: ofFamily('IPv4'),
  },
  {
    name: 'VpcFlowLogsIPv6Traffic',
    description: 'The total bytes of IPv6 traffic recorded.',
    needs: ['type', 'bytes'],
    sql: ofFamily('IPv6'),
  },
  {
    name: 'VpcFlowLogsRejectedTCPTraffic',
    description: 'The TCP connections that were rejected based on your security groups or network ACLs.',
    needs: [...COUNTED, 'action', 'protocol'],
    sql: connections(`action = 'REJECT' AND protocol = ${TCP}`),
  },
  {
    name: 'VpcFlowLogsRejectedTraffic',
    description: 'The traffic that was rejected based on your security groups or network ACLs.',
    needs: [...COUNTED, 'action'],
    sql: connections("action = 'REJECT'"),
  },
  {
    name: 'VpcFlowLogsSshRdpTraffic',
    description: 'The SSH and RDP traffic.',
    needs: COUNTED,
    sql: connections(`(srcport IN (${SHELL_PORTS.join(', ')}) OR dstport IN (${SHELL_PORTS.join(', ')}))`),
  },
  {
    name: 'VpcFlowLogsTopTalkers',
    description: 'The 50 IP addresses with the most traffic recorded.',
    needs: ['srcaddr', 'dstaddr', 'bytes'],
    sql: talkers('srcaddr', 'dstaddr'),
  },
  {
    name: 'VpcFlowLogsTopTalkersPacketLevel',
    description: 'The 50 packet-level IP addresses with the most traffic recorded.',
    needs: ['pkt_srcaddr', 'pkt_dstaddr', 'bytes'],
    sql: talkers('pkt_srcaddr', 'pkt_dstaddr'),
  },
  {
    name: 'VpcFlowLogsTopTalkingInstances',
    description: 'The IDs of the 50 instances with the most traffic recorded.',
    needs: ['instance_id', 'bytes'],
    sql: bytesBy(['instance_id']),
  },
  {
    name: 'VpcFlowLogsTopTalkingSubnets',
    description: 'The IDs of the 50 subnets with the most traffic recorded.',
    needs: ['subnet_id', 'bytes'],
    sql: bytesBy(['subnet_id']),
  },
  {
    name: 'VpcFlowLogsTopTCPTraffic',
    description: 'All TCP traffic recorded for a source IP address.',
    needs: ['srcaddr', 'bytes', 'protocol'],
    sql: bytesBy(['srcaddr'], `protocol = ${TCP}`),
  },
  {
    name: 'VpcFlowLogsTotalBytesTransferred',
    description: 'The 50 pairs of source and destination IP addresses with the most bytes recorded.',
    needs: ['srcaddr', 'dstaddr', 'bytes'],
    sql: bytesBy(['srcaddr', 'dstaddr']),
  },
  {
    name: 'VpcFlowLogsTotalBytesTransferredPacketLevel',
    description:
      'The 50 pairs of packet-level source and destination IP addresses with the most bytes recorded.',
    needs: ['pkt_srcaddr', 'pkt_dstaddr', 'bytes'],
    sql: bytesBy(['pkt_srcaddr', 'pkt_dstaddr']),
  },
  {
    name: 'VpcFlowLogsTrafficFrmSrcAddr',
    description: 'The traffic recorded for a specific source IP address.',
    needs: ['srcaddr', 'bytes'],
    sql: ofAddress('srcaddr'),
  },
  {
    name: 'VpcFlowLogsTrafficToDstAddr',
    description: 'The traffic recorded for a specific destination IP address.',
    needs: ['dstaddr', 'bytes'],
    sql: ofAddress('dstaddr'),
  },
];

/** The queries whose columns a table has, over `"database"."table"`. */
export function namedQueries(database: string, table: string, columns: readonly string[]): NamedQuery[] {
  const there = new Set(columns);
  return QUERIES.filter(({ needs }) => needs.every((column) => there.has(column))).map(
    ({ name, description, sql }) => ({ name, description, sql: sql(`"${database}"."${table}"`) }),
  );
}

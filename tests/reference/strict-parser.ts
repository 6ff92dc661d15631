/**
 * Reads record lines as strictly as the public rules allow (record format 1.0, 1.1, 1.2, 1.3, 1.5, 1.7 and 2), written
 * from their description: it shares nothing with the writer. Throws on the first fault, with the line.
 */
import { isIPv4, isIPv6 } from 'node:net';

/** `transit-gateway` has 36 fields of its own, some with the names of VPC ones. */
export type RecordKind = 'vpc' | 'transit-gateway';

/** Values by field id, as printed. */
export type StrictRecord = ReadonlyMap<string, string>;

type Check = (value: string) => boolean;

/** When a field may print `-`: whenever it is not known, in NODATA and SKIPDATA lines only, or never. */
type Dash = 'any' | 'status' | 'never';

interface Column {
  readonly version: number;
  readonly check: Check;
  readonly dash: Dash;
}

const integer = (min: number, max: number): Check => {
  return (value) => /^(0|[1-9][0-9]{0,15})$/.test(value) && Number(value) >= min && Number(value) <= max;
};
const oneOf = (...values: readonly string[]): Check => {
  const set = new Set(values);
  return (value) => set.has(value);
};
const id = (prefix: string): Check => {
  const pattern = new RegExp(`^${prefix}-[0-9a-f]{8,17}$`);
  return (value) => pattern.test(value);
};
const like = (pattern: RegExp): Check => {
  return (value) => pattern.test(value);
};
const arn = (resource: string): Check =>
  like(new RegExp(`^arn:aws[a-z-]*:ecs:[a-z0-9-]+:[0-9]{12}:${resource}/.+$`));

const PORT = integer(0, 65_535);
const UINT32 = integer(0, 2 ** 32 - 1);
const COUNT = integer(0, Number.MAX_SAFE_INTEGER);
const ADDRESS: Check = (value) => isIPv4(value) || (isIPv6(value) && value === value.toLowerCase());
const ACCOUNT = like(/^[0-9]{12}$/);
const ZONE = like(/^[a-z][a-z0-9]*-[a-z0-9-]*[a-z0-9]$/);
const REGION = like(/^[a-z]+(-[a-z]+)+-[0-9]+$/);
const SERVICE = like(/^[A-Z][A-Z0-9_]*$/);
const NAME = like(/^[A-Za-z0-9_-]{1,255}$/);
const ANY = like(/^[!-~]+$/);
const TYPES = oneOf(
  'nat_gateway',
  'network_load_balancer',
  'regional_nat_gateway',
  'transit_gateway',
  'vpc_endpoint',
);
const STATUS = oneOf('OK', 'NODATA', 'SKIPDATA');
const DIRECTION = oneOf('ingress', 'egress');
/** FIN, SYN, RST, and the ACK of a SYN-ACK. */
const VPC_FLAGS: Check = (value) => integer(0, 31)(value) && (Number(value) & ~0x17) === 0;
/** FIN to URG; only ACK is 0. */
const RAW_FLAGS: Check = (value) => integer(0, 63)(value) && value !== '16';
/** Letters and digits as they are, every other byte as %XX; together UTF-8. */
const TAG: Check = (value) => {
  if (!/^([A-Za-z0-9]|%[0-9A-F]{2})+$/.test(value)) return false;
  try {
    return decodeURIComponent(value) !== '';
  } catch {
    return false;
  }
};

/** What a field of traffic prints for lines without traffic is `-`, and nowhere else. */
function column(version: number, check: Check, dash: Dash = 'any'): Column {
  return { version, check, dash };
}

const SHARED: readonly (readonly [string, Column])[] = [
  ['srcaddr', column(2, ADDRESS, 'status')],
  ['dstaddr', column(2, ADDRESS, 'status')],
  ['srcport', column(2, PORT, 'status')],
  ['dstport', column(2, PORT, 'status')],
  ['protocol', column(2, integer(0, 255), 'status')],
  ['packets', column(2, COUNT, 'status')],
  ['start', column(2, UINT32, 'never')],
  ['end', column(2, UINT32, 'never')],
  ['log-status', column(2, STATUS, 'never')],
  ['region', column(4, REGION)],
  ['pkt-src-aws-service', column(5, SERVICE)],
  ['pkt-dst-aws-service', column(5, SERVICE)],
  ['flow-direction', column(5, DIRECTION, 'status')],
];

const VPC: ReadonlyMap<string, Column> = new Map<string, Column>([
  ...SHARED,
  ['version', column(2, oneOf('2', '3', '4', '5', '7', '8', '9', '10', '11'), 'never')],
  ['account-id', column(2, (value) => ACCOUNT(value) || value === 'unknown', 'never')],
  ['interface-id', column(2, id('eni'))],
  // `-` for what Block Public Access rejected, besides.
  ['bytes', column(2, COUNT)],
  ['action', column(2, oneOf('ACCEPT', 'REJECT'), 'status')],
  ['vpc-id', column(3, id('vpc'))],
  ['subnet-id', column(3, id('subnet'))],
  ['instance-id', column(3, id('i'))],
  ['tcp-flags', column(3, VPC_FLAGS, 'status')],
  ['type', column(3, oneOf('IPv4', 'IPv6', 'EFA'), 'status')],
  ['pkt-srcaddr', column(3, ADDRESS, 'status')],
  ['pkt-dstaddr', column(3, ADDRESS, 'status')],
  ['az-id', column(4, ZONE)],
  ['sublocation-type', column(4, oneOf('wavelength', 'outpost', 'localzone'))],
  ['sublocation-id', column(4, ANY)],
  ['traffic-path', column(5, integer(1, 8))],
  ['ecs-cluster-arn', column(7, arn('cluster'))],
  ['ecs-cluster-name', column(7, NAME)],
  ['ecs-container-instance-arn', column(7, arn('container-instance'))],
  ['ecs-container-instance-id', column(7, ANY)],
  ['ecs-container-id', column(7, ANY)],
  ['ecs-second-container-id', column(7, ANY)],
  ['ecs-service-name', column(7, NAME)],
  ['ecs-task-definition-arn', column(7, arn('task-definition'))],
  ['ecs-task-arn', column(7, arn('task'))],
  ['ecs-task-id', column(7, ANY)],
  ['reject-reason', column(8, oneOf('BPA', 'EC'))],
  ['resource-id', column(9, id('nat'))],
  ['encryption-status', column(10, integer(0, 3))],
  ['instance-tag', column(11, TAG)],
  ['instance-tag-2', column(11, TAG)],
  ['interface-tag', column(11, TAG)],
  ['interface-tag-2', column(11, TAG)],
  ['asg-tag', column(11, TAG)],
  ['asg-tag-2', column(11, TAG)],
  ['interface-type', column(11, TYPES)],
  ['next-hop-interface-id', column(11, id('eni'))],
  ['next-hop-subnet-id', column(11, id('subnet'))],
  ['next-hop-az-id', column(11, ZONE)],
  ['next-hop-vpc-id', column(11, id('vpc'))],
  ['next-hop-interface-type', column(11, TYPES)],
]);

const TRANSIT_GATEWAY: ReadonlyMap<string, Column> = new Map<string, Column>([
  ...SHARED,
  ['version', column(2, oneOf('2', '3', '4', '5', '6'), 'never')],
  ['resource-type', column(6, oneOf('TransitGateway', 'TransitGatewayAttachment'), 'never')],
  ['account-id', column(2, ACCOUNT, 'never')],
  ['tgw-id', column(6, id('tgw'), 'never')],
  ['tgw-attachment-id', column(6, id('tgw-attach'), 'never')],
  ['tgw-src-vpc-account-id', column(6, ACCOUNT)],
  ['tgw-dst-vpc-account-id', column(6, ACCOUNT)],
  ['tgw-src-vpc-id', column(6, id('vpc'))],
  ['tgw-dst-vpc-id', column(6, id('vpc'))],
  ['tgw-src-subnet-id', column(6, id('subnet'))],
  ['tgw-dst-subnet-id', column(6, id('subnet'))],
  ['tgw-src-eni', column(6, id('eni'))],
  ['tgw-dst-eni', column(6, id('eni'))],
  ['tgw-src-az-id', column(6, ZONE)],
  ['tgw-dst-az-id', column(6, ZONE)],
  ['tgw-pair-attachment-id', column(6, id('tgw-attach'))],
  ['bytes', column(2, COUNT, 'status')],
  ['type', column(3, oneOf('IPv4', 'IPv6'), 'status')],
  ['packets-lost-no-route', column(6, COUNT, 'status')],
  ['packets-lost-blackhole', column(6, COUNT, 'status')],
  ['packets-lost-mtu-exceeded', column(6, COUNT, 'status')],
  ['packets-lost-ttl-expired', column(6, COUNT, 'status')],
  ['tcp-flags', column(3, RAW_FLAGS, 'status')],
]);

/** Derived from packets: `-` in a line that stands for none. */
const OF_TRAFFIC =
  /^(bytes|pkt-(src|dst)-aws-service|traffic-path|reject-reason|encryption-status|next-hop-.+|tgw-(src|dst|pair)-.+)$/;

/** The fields of a kind that the parser knows, in no order. */
export function strictFields(kind: RecordKind): readonly string[] {
  return [...columnsOf(kind).keys()];
}

/** The values of one line (without its line end) of a format. Throws an Error that names the fault. */
export function parseStrict(line: string, ids: readonly string[], kind: RecordKind = 'vpc'): StrictRecord {
  const fail = (fault: string): never => {
    throw new Error(`${fault}: ${JSON.stringify(line)}`);
  };
  if (!/^[ -~]+$/.test(line)) fail('other characters than printable ASCII');
  if (/^ | $|  /.test(line)) fail('a space too many');
  const values = line.split(' ');
  if (values.length !== ids.length) fail(`${values.length} columns, not ${ids.length}`);
  const record = new Map(ids.map((field, i) => [field, values[i]!]));
  if (record.size !== ids.length) fail('a field stands twice in the format');
  const columns = columnsOf(kind);
  const status = record.get('log-status');
  const silent = status === undefined ? undefined : status !== 'OK';
  for (const [field, value] of record) {
    const found = columns.get(field);
    if (found === undefined) {
      fail(`no field ${field} of kind ${kind}`);
      continue;
    }
    if (value !== '-') {
      if (!found.check(value)) fail(`${field} is ${value}`);
      if (silent === true && (found.dash === 'status' || OF_TRAFFIC.test(field)))
        fail(`${field} is ${value} in ${status}`);
    } else if (found.dash === 'never' || (found.dash === 'status' && silent === false)) {
      fail(`${field} is -`);
    }
  }
  const highest = Math.max(...ids.map((field) => columns.get(field)!.version));
  const version = record.get('version') ?? String(highest);
  if (version !== String(highest)) fail(`version is ${version}, the highest of the fields is ${highest}`);
  for (const fault of contradictions(record, kind)) fail(fault);
  return record;
}

/**
 * The records of a text of whole lines, each with its line end; `header` says that the first line has the ids.
 * An empty text has none.
 */
export function parseStrictText(
  text: string,
  ids: readonly string[],
  kind: RecordKind = 'vpc',
  header = false,
): readonly StrictRecord[] {
  if (text === '') return [];
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const lines = text.slice(0, -1).split('\n');
  if (header && lines.shift() !== ids.join(' ')) throw new Error('the header is not the ids of the format');
  return lines.map((line) => parseStrict(line, ids, kind));
}

function columnsOf(kind: RecordKind): ReadonlyMap<string, Column> {
  return kind === 'vpc' ? VPC : TRANSIT_GATEWAY;
}

/** What fields say against each other; fields that are not in the format say nothing. */
function* contradictions(record: StrictRecord, kind: RecordKind): Generator<string> {
  const given = (field: string): string | undefined => {
    const value = record.get(field);
    return value === '-' ? undefined : value;
  };
  const [start, end] = [given('start'), given('end')];
  if (start !== undefined && end !== undefined && Number(start) > Number(end))
    yield 'it ends before it starts';
  const addresses = ['srcaddr', 'dstaddr', 'pkt-srcaddr', 'pkt-dstaddr'].flatMap(
    (field) => given(field) ?? [],
  );
  const families = new Set<string>(addresses.map((address) => (isIPv4(address) ? 'IPv4' : 'IPv6')));
  if (families.size > 1) yield 'addresses of two families';
  const type = given('type');
  if (type !== undefined && type !== 'EFA' && families.size === 1 && !families.has(type))
    yield `type is ${type}`;
  const protocol = given('protocol');
  if (protocol === '1' || protocol === '58') {
    if ((given('srcport') ?? '0') !== '0' || (given('dstport') ?? '0') !== '0') yield 'ICMP with ports';
  }
  if (protocol !== undefined && protocol !== '6' && (given('tcp-flags') ?? '0') !== '0')
    yield 'flags without TCP';
  if (given('traffic-path') !== undefined && record.get('flow-direction') === 'ingress')
    yield 'a path of ingress';
  if (given('az-id') !== undefined && given('sublocation-type') !== undefined)
    yield 'a zone and a sublocation';
  if (given('resource-id') !== undefined && given('interface-id') !== undefined)
    yield 'a resource and an interface';
  const reason = record.get('reject-reason');
  if (reason !== undefined && reason !== '-' && record.get('action') === 'ACCEPT')
    yield 'a reason, and no reject';
  if (kind !== 'vpc' || record.get('bytes') === undefined || record.get('log-status') !== 'OK') return;
  const counted = given('bytes') !== undefined;
  if (counted && reason === 'BPA') yield 'bytes of what Block Public Access rejected';
  if (!counted && reason !== undefined && reason !== 'BPA') yield 'no bytes';
  if (!counted && record.get('action') === 'ACCEPT') yield 'no bytes of an accepted flow';
}

/** The slow way to a record: one string for each field, straight from the rules. Shares nothing with the writer. */
import { formatIPv6, parseAddress } from '../../src/base/addresses.ts';
import type { InterfaceFacts } from '../../src/network/lookup.ts';
import type { TransitEnd } from '../../src/rules/record-rules.ts';
import { seenOf, type Answers } from './fake-rules.ts';
import type { Line } from './windows.ts';

export interface Context {
  readonly ids: readonly string[];
  readonly version: number;
  readonly facts: readonly InterfaceFacts[];
  readonly answers?: Answers;
  readonly owner?: string | undefined;
  /** Keys by resource type. */
  readonly tagKeys?: Readonly<Record<string, readonly string[]>>;
  /** Transit gateways by attachment id. */
  readonly gateways?: Readonly<Record<string, { id: string; accountId: string; region: string }>>;
}

export function referenceLine(context: Context, line: Line): string {
  return context.ids.map((id) => referenceField(id, context, line) ?? '-').join(' ');
}

const STATIC = new Map<string, keyof InterfaceFacts>([
  ['account-id', 'accountId'],
  ['interface-id', 'interfaceId'],
  ['vpc-id', 'vpcId'],
  ['subnet-id', 'subnetId'],
  ['instance-id', 'instanceId'],
  ['region', 'region'],
  ['az-id', 'azId'],
  ['sublocation-type', 'sublocationType'],
  ['sublocation-id', 'sublocationId'],
]);
const MANAGED = new Set([
  'nat_gateway',
  'network_load_balancer',
  'regional_nat_gateway',
  'transit_gateway',
  'vpc_endpoint',
]);

function referenceField(id: string, context: Context, line: Line): string | undefined {
  const number = 'status' in line ? line.status.number : line.flow[line.side];
  const facts = context.facts.find((entry) => entry.number === number)!;
  const owner = context.owner ?? facts.accountId;
  if (id === 'version') return String(context.version);
  return (
    interfaceField(id, facts, owner) ??
    tagField(id, facts, owner, context) ??
    taskField(id, facts, owner) ??
    trafficField(id, line, facts) ??
    ruleField(id, context, line, facts, owner)
  );
}

function interfaceField(id: string, facts: InterfaceFacts, owner: string): string | undefined {
  const { kind } = facts;
  if (id === 'interface-type') return MANAGED.has(kind) ? kind : undefined;
  if (id === 'resource-id') return kind === 'regional_nat_gateway' ? facts.interfaceId : undefined;
  const fact = STATIC.get(id);
  if (fact === undefined) return undefined;
  if (kind === 'regional_nat_gateway' && (fact === 'interfaceId' || fact === 'subnetId')) return '-';
  if (fact === 'azId' && facts.sublocationType !== undefined) return '-';
  if (fact === 'instanceId') {
    const mine = (facts.instance?.accountId ?? facts.accountId) === owner;
    return mine && !MANAGED.has(kind) ? facts.instanceId : '-';
  }
  return (facts[fact] as string | undefined) ?? '-';
}

function tagField(id: string, facts: InterfaceFacts, owner: string, context: Context): string | undefined {
  const match = /^(instance|interface|asg)-tag(-2)?$/.exec(id);
  if (match === null) return undefined;
  const type = { instance: 'instance', interface: 'network-interface', asg: 'auto-scaling-group' }[
    match[1]!
  ]!;
  const key = context.tagKeys![type]![match[2] === undefined ? 0 : 1]!;
  const instance = MANAGED.has(facts.kind) ? undefined : facts.instance;
  const gateway = facts.kind === 'regional_nat_gateway';
  const resource = {
    instance,
    'network-interface': gateway ? undefined : facts,
    'auto-scaling-group': instance?.group,
  }[type];
  if (resource === undefined || resource.accountId !== owner) return '-';
  const value = Object.hasOwn(resource.tags, key) ? resource.tags[key]! : '';
  const encoded = encodeURIComponent(value.toWellFormed()).replaceAll(/[-_.!~*'()]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  });
  return encoded === '' ? '-' : encoded;
}

function taskField(id: string, { ecsTask }: InterfaceFacts, owner: string): string | undefined {
  if (!id.startsWith('ecs-') || ecsTask === undefined || ecsTask.accountId !== owner) return undefined;
  return {
    'ecs-cluster-arn': ecsTask.clusterArn,
    'ecs-cluster-name': ecsTask.clusterName,
    'ecs-container-instance-arn': ecsTask.containerInstanceArn,
    'ecs-container-instance-id': ecsTask.containerInstanceId,
    'ecs-container-id': ecsTask.containerIds[0],
    'ecs-second-container-id': ecsTask.containerIds[1],
    'ecs-service-name': ecsTask.serviceName,
    'ecs-task-definition-arn': ecsTask.taskDefinitionArn,
    'ecs-task-arn': ecsTask.id,
    'ecs-task-id': ecsTask.taskId,
  }[id];
}

function trafficField(id: string, line: Line, facts: InterfaceFacts): string | undefined {
  if ('status' in line) {
    if (id === 'start') return String(line.status.start);
    if (id === 'end') return String(line.status.end);
    return id === 'log-status' ? line.status.kind : undefined;
  }
  const { flow, side } = line;
  const portless = flow.protocol === 1 || flow.protocol === 58;
  const values: Record<string, () => string> = {
    srcaddr: () => (side === 'egress' ? ownAddress(flow.source, facts) : flow.source),
    dstaddr: () => (side === 'ingress' ? ownAddress(flow.destination, facts) : flow.destination),
    'pkt-srcaddr': () => flow.source,
    'pkt-dstaddr': () => flow.destination,
    srcport: () => String(portless ? 0 : flow.ports![0]),
    dstport: () => String(portless ? 0 : flow.ports![1]),
    protocol: () => String(flow.protocol),
    packets: () => String(flow.packets),
    start: () => String(flow.first),
    end: () => String(flow.last),
    action: () => (flow.verdict === 2 ? 'REJECT' : 'ACCEPT'),
    'log-status': () => 'OK',
    'tcp-flags': () => String(flow.protocol === 6 ? flow.flags : 0),
    type: () => (flow.source.includes(':') ? 'IPv6' : 'IPv4'),
    'flow-direction': () => side,
  };
  return values[id]?.();
}

function ruleField(
  id: string,
  context: Context,
  line: Line,
  { accountId }: InterfaceFacts,
  owner: string,
): string | undefined {
  if ('status' in line) return undefined;
  const { answers = {} } = context;
  const seen = seenOf(line.flow, line.side);
  const reason =
    seen.rejected && answers.rejectsForReasons !== false ? (answers.rejectReason?.(seen) ?? 0) : 0;
  if (id === 'bytes') return reason === 1 ? undefined : String(line.flow.bytes);
  if (id === 'reject-reason') return [undefined, 'BPA', 'EC'][reason];
  if (id === 'traffic-path') return seen.egress ? positive(answers.trafficPath?.(seen)) : undefined;
  if (id === 'pkt-src-aws-service') return answers.serviceCodes?.[(answers.sourceService?.(seen) ?? 0) - 1];
  if (id === 'pkt-dst-aws-service')
    return answers.serviceCodes?.[(answers.destinationService?.(seen) ?? 0) - 1];
  if (id === 'encryption-status') {
    const status = answers.encryptionStatus?.(seen) ?? -1;
    return status < 0 ? undefined : String(status);
  }
  if (!id.startsWith('next-hop-')) return undefined;
  const hop = context.facts.find((entry) => entry.number === (answers.nextHop?.(seen) ?? 0));
  if (hop === undefined || (hop.accountId !== (context.owner ?? accountId) && id !== 'next-hop-az-id')) {
    return undefined;
  }
  return interfaceField(id.replace('next-hop-', ''), hop, owner);
}

function positive(value: number | undefined): string | undefined {
  return value === undefined || value === 0 ? undefined : String(value);
}

/** A field of a transit gateway record. */
export function referenceTransitLine(context: Context, line: Line): string {
  return context.ids.map((id) => transitField(id, context, line) ?? '-').join(' ');
}

const ENDS: Readonly<Record<string, keyof TransitEnd>> = {
  'vpc-account-id': 'vpcAccountId',
  'vpc-id': 'vpcId',
  'subnet-id': 'subnetId',
  eni: 'interfaceId',
  'az-id': 'azId',
};

function transitField(id: string, context: Context, line: Line): string | undefined {
  const number = 'status' in line ? line.status.number : line.flow[line.side];
  const facts = context.facts.find((entry) => entry.number === number)!;
  const gateway = context.gateways?.[facts.interfaceId];
  if (id === 'version') return String(context.version);
  if (id === 'resource-type') return 'TransitGateway';
  if (id === 'tgw-attachment-id') return facts.interfaceId;
  if (id === 'tgw-id') return gateway?.id;
  if (id === 'account-id') return gateway?.accountId;
  if (id === 'region') return gateway?.region;
  if ('status' in line) return trafficField(id, line, facts);
  const { flow, side } = line;
  if (id === 'bytes') return String(flow.bytes);
  if (id.startsWith('packets-lost-')) return '0';
  if (id === 'srcaddr' || id === 'dstaddr') return id === 'srcaddr' ? flow.source : flow.destination;
  if (id === 'tcp-flags') {
    const raw = flow.protocol === 6 ? flow.raw! % 64 : 0;
    return String(raw === 16 ? 0 : raw);
  }
  if (id === 'tgw-pair-attachment-id') {
    const pair = side === 'ingress' ? flow.destinationAttachment : flow.sourceAttachment;
    return context.facts.find((entry) => entry.number === pair)?.interfaceId;
  }
  const end = /^tgw-(src|dst)-(.+)$/.exec(id);
  if (end !== null) {
    const at = end[1] === 'src' ? flow.sourceAttachment! : flow.destinationAttachment!;
    const address = end[1] === 'src' ? flow.source : flow.destination;
    return at === 0 ? undefined : context.answers?.end?.(at, address)[ENDS[end[2]!]!];
  }
  return trafficField(id, line, facts) ?? ruleField(id, context, line, facts, '');
}

function ownAddress(packet: string, facts: InterfaceFacts): string {
  if (['router', 'regional_nat_gateway'].includes(facts.kind)) return packet;
  const { family, words } = parseAddress(packet)!;
  if (family === 4) {
    return facts.primary4 === undefined
      ? packet
      : [24, 16, 8, 0].map((n) => (facts.primary4! >>> n) & 255).join('.');
  }
  const held = Array.from({ length: facts.addresses6.length / 4 }, (_, i) =>
    formatIPv6(...(facts.addresses6.slice(4 * i, 4 * i + 4) as [number, number, number, number])),
  );
  return held.includes(formatIPv6(...words)) ? packet : (held[0] ?? packet);
}

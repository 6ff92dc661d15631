/** A network with one of every resource that flow logs are made of, and traffic at all of them in the last two hours. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fieldsOf, type FormatKind } from '../../src/records/catalogue.ts';
import {
  captureOf,
  crossing,
  GATEWAY,
  HERE,
  HOST,
  NAT,
  networkOf,
  SUBNET,
  T,
  translated,
  VPC,
} from '../service/gateways/world.ts';
import { weirCommand } from './destinations.ts';

export interface Resource {
  readonly type:
    | 'VPC'
    | 'Subnet'
    | 'NetworkInterface'
    | 'TransitGateway'
    | 'TransitGatewayAttachment'
    | 'RegionalNatGateway';
  readonly id: string;
  readonly kind: FormatKind;
  /** The field that says that a record is of it. */
  readonly field: string;
}

export const RESOURCES: readonly Resource[] = [
  { type: 'VPC', id: VPC, kind: 'vpc', field: 'vpc-id' },
  { type: 'Subnet', id: SUBNET, kind: 'vpc', field: 'subnet-id' },
  { type: 'NetworkInterface', id: HOST, kind: 'vpc', field: 'interface-id' },
  { type: 'RegionalNatGateway', id: NAT, kind: 'vpc', field: 'resource-id' },
  { type: 'TransitGateway', id: GATEWAY, kind: 'transit-gateway', field: 'tgw-id' },
  { type: 'TransitGatewayAttachment', id: HERE, kind: 'transit-gateway', field: 'tgw-attachment-id' },
];

/** Seconds of traffic: over several slots and intervals. */
const SECONDS = 1500;
/** Real log groups take no events that are older than 14 days: the traffic ends a while ago. */
const AGO_SECONDS = 2 * 3600;

/** Fields that need no keys of tags: all but those of tags. */
export function untaggedFields(kind: FormatKind): string[] {
  return fieldsOf(kind)
    .map(({ id }) => id)
    .filter((id) => !/-tag(?:-\d)?$/.test(id));
}

export interface World {
  readonly network: Record<string, unknown>;
  readonly captures: readonly string[];
  /** Lines of `weir record` that are of a resource. */
  recorded(resource: Resource, fields: readonly string[], interval: 60 | 600): readonly string[];
}

/** Writes the captures and the network into a folder. */
export function makeWorld(folder: string): World {
  const start = Math.floor((Date.now() / 1000 - AGO_SECONDS) / 600) * 600;
  const wire = join(folder, 'wire.pcap');
  const nat = join(folder, 'nat.pcap');
  const network = networkOf({ nat });
  const path = join(folder, 'network.json');
  writeFileSync(path, JSON.stringify(network));
  const at = (second: number, port: number) => (made: ReturnType<typeof crossing>[number]) => ({
    ...made,
    at: made.at - T + start,
    ports: made.ports!.map((it) => (it > 1024 ? it + port : it)) as [number, number],
    second,
  });
  const seconds = Array.from({ length: SECONDS / 5 }, (_, k) => 5 * k);
  writeFileSync(wire, captureOf(seconds.flatMap((second, k) => crossing(second).map(at(second, k % 7)))));
  writeFileSync(nat, captureOf(seconds.flatMap((second, k) => translated(second).map(at(second, k % 11)))));
  const captures = [wire, nat];
  const all = new Map<string, readonly string[]>();
  const record = (kind: FormatKind, fields: readonly string[], interval: number): readonly string[] => {
    const format = fields.map((field) => `\${${field}}`).join(' ');
    const key = `${kind} ${interval} ${format}`;
    const known = all.get(key);
    if (known !== undefined) return known;
    const how = ['--kind', kind, '--interval', String(interval), '--format', format];
    const command = ['record', ...captures, '--network', path, '--no-header', '--summary', 'none', ...how];
    const lines = weirCommand(command).trimEnd().split('\n');
    all.set(key, lines);
    return lines;
  };
  return {
    network,
    captures,
    recorded: ({ kind, id, field }, fields, interval) => {
      // The same rows in the same order whatever the format: whose a line is stands in the other format's line.
      const whose = record(kind, untaggedFields(kind), interval);
      const lines = record(kind, fields, interval);
      if (whose.length !== lines.length) throw new Error(`${lines.length} lines of ${whose.length}`);
      const column = untaggedFields(kind).indexOf(field);
      return lines.filter((_, k) => whose[k]!.split(' ')[column] === id);
    },
  };
}

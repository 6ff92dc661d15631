/**
 * Makes src/api/protocol/shapes.generated.ts and types.generated.ts from the schemas that the official SDK
 * publishes:
 *
 *     sh scripts/with-node scripts/generate-shapes.ts           write both files
 *     sh scripts/with-node scripts/generate-shapes.ts --check   fail when they differ
 *
 * The SDK's packages stay development dependencies: loading client-ec2 takes 0.4 s and 128 MB, the table of
 * the operations served here some milliseconds. The schemas know no enumerations, patterns or ranges: those
 * checks are the handlers'. They do not tell integers from fractions either; no operation served here takes
 * or gives a fraction.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import type { MemberRow, ScalarKind, ShapeTable } from '../src/api/protocol/shapes.ts';

export const EC2_OPERATIONS = [
  'CreateFlowLogs',
  'DescribeFlowLogs',
  'DeleteFlowLogs',
  'GetFlowLogsIntegrationTemplate',
  'CreateTags',
  'DeleteTags',
  'DescribeTags',
  'CreateVpc',
  'DescribeVpcs',
  'DeleteVpc',
  'DescribeVpcAttribute',
  'CreateSubnet',
  'DescribeSubnets',
  'DeleteSubnet',
  'CreateNetworkInterface',
  'DescribeNetworkInterfaces',
  'DeleteNetworkInterface',
  'DescribeNetworkInterfaceAttribute',
  'CreateTransitGateway',
  'DescribeTransitGateways',
  'DeleteTransitGateway',
  'CreateTransitGatewayVpcAttachment',
  'DescribeTransitGatewayVpcAttachments',
  'DescribeTransitGatewayAttachments',
  'DeleteTransitGatewayVpcAttachment',
  'CreateNatGateway',
  'DescribeNatGateways',
  'DeleteNatGateway',
  'DescribeInstances',
  'DescribeRouteTables',
  'DescribeInternetGateways',
  'DescribeEgressOnlyInternetGateways',
  'DescribeVpnGateways',
  'DescribeTransitGatewayPeeringAttachments',
  'DescribeTransitGatewayRouteTables',
  'GetTransitGatewayRouteTableAssociations',
  'GetTransitGatewayRouteTablePropagations',
  'SearchTransitGatewayRoutes',
  'DescribeVpcPeeringConnections',
  'DescribeVpcEndpoints',
  'DescribeSecurityGroups',
  'DescribeSecurityGroupRules',
  'DescribeNetworkAcls',
  'DescribeManagedPrefixLists',
  'GetManagedPrefixListEntries',
  'DescribePrefixLists',
  'DescribeVpcBlockPublicAccessOptions',
  'DescribeVpcBlockPublicAccessExclusions',
  'DescribeVpcEncryptionControls',
  'DescribeRegions',
  'DescribeAvailabilityZones',
  'DescribeAccountAttributes',
];
export const STS_OPERATIONS = ['GetCallerIdentity'];

// The schemas are nested arrays that begin with a kind. Any part may be a function that returns it.
const LIST = 1;
const STRUCTURE = 3;
const UNION = 4;
const SIMPLE = 0;
const OPERATION = 9;
const LIST_OF = 64;
const MAP_OF = 128;
const SCALARS: Readonly<Record<number, ScalarKind>> = {
  0: 'string',
  1: 'integer',
  2: 'boolean',
  4: 'timestamp',
  5: 'timestamp',
  21: 'blob',
};

type Node = unknown;
type Traits = { readonly xmlName?: string; readonly ec2QueryName?: string };

function resolve(node: Node): Node {
  return typeof node === 'function' ? resolve((node as () => Node)()) : node;
}

/** A member is its target, or [target, traits]; traits may be a bit mask, which names nothing. */
function split(node: Node): [target: Node, traits: Traits] {
  let target = resolve(node);
  let traits: Traits = {};
  while (Array.isArray(target) && target.length === 2) {
    if (typeof target[1] === 'object') traits = { ...(target[1] as Traits), ...traits };
    target = resolve(target[0]);
  }
  return [target, traits];
}

function scalar(code: number): ScalarKind {
  const kind = SCALARS[code];
  if (kind === undefined) throw new RangeError(`unknown scalar schema ${code}`);
  return kind;
}

function capitalise(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}

/** The operation names of an SDK module, as `NAME$` exports of kind operation. */
export function operationsOf(sdk: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(sdk)
    .filter(([key, value]) => key.endsWith('$') && Array.isArray(value) && value[0] === OPERATION)
    .map(([key]) => key.slice(0, -1))
    .sort();
}

/** Builds the table of some operations of an SDK module, shapes in alphabetical order. */
export function buildShapes(
  sdk: Readonly<Record<string, unknown>>,
  operations: readonly string[],
): ShapeTable {
  const structures: Record<string, { required?: number; members: MemberRow[] }> = {};
  const lists: Record<string, readonly [string, string]> = {};

  function visit(node: Node): string {
    const schema = resolve(node);
    if (typeof schema === 'number') {
      if (schema >= MAP_OF) throw new RangeError('map shapes do not occur in the Query protocol of EC2');
      if (schema < LIST_OF) return scalar(schema);
      const item = scalar(schema & (LIST_OF - 1));
      lists[`${item}[]`] = ['member', item];
      return `${item}[]`;
    }
    if (!Array.isArray(schema)) throw new RangeError(`unknown schema ${String(schema)}`);
    const name = String(schema[2]);
    switch (schema[0]) {
      case SIMPLE:
        return visit(schema[4]);
      case LIST:
        return visitList(name, schema[4]);
      case STRUCTURE:
      case UNION:
        return visitStructure(name, schema);
      default:
        throw new RangeError(`unknown kind ${String(schema[0])} of schema ${name}`);
    }
  }

  function visitList(name: string, itemSchema: Node): string {
    if (Object.hasOwn(lists, name)) return name;
    const [target, traits] = split(itemSchema);
    lists[name] = [traits.xmlName ?? 'member', '']; // before its items: shapes may be recursive
    lists[name] = [traits.xmlName ?? 'member', visit(target)];
    return name;
  }

  function visitStructure(name: string, schema: readonly Node[]): string {
    if (Object.hasOwn(structures, name)) return name;
    const required = typeof schema[6] === 'number' ? schema[6] : 0;
    const row: { required?: number; members: MemberRow[] } =
      required > 0 ? { required, members: [] } : { members: [] };
    structures[name] = row;
    const names = schema[4] as readonly string[];
    const targets = schema[5] as readonly Node[];
    names.forEach((member, i) => {
      const [target, traits] = split(targets[i]);
      const element = traits.xmlName ?? member;
      row.members.push([member, traits.ec2QueryName ?? capitalise(element), element, visit(target)]);
    });
    return name;
  }

  const table: Record<string, readonly [string, string]> = {};
  for (const operation of operations) {
    const schema = resolve(sdk[`${operation}$`]);
    if (!Array.isArray(schema) || schema[0] !== OPERATION) throw new RangeError(`no operation ${operation}`);
    const [input, output] = [schema[4], schema[5]].map((part: Node) => {
      const target = resolve(part);
      return target === 'unit' ? '' : visit(target);
    });
    table[operation] = [input!, output!];
  }
  return { structures: sorted(structures), lists: sorted(lists), operations: table };
}

function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const HEADER = `// Made by scripts/generate-shapes.ts from the schemas of the official SDK. Do not edit.\n`;

/** The text of shapes.generated.ts. */
export function shapesFile(tables: Readonly<Record<string, ShapeTable>>): string {
  const parts = Object.entries(tables).map(([name, table]) => {
    const structures = Object.entries(table.structures).map(([shape, { required, members }]) => {
      const rows = members.map((row) => `      ${JSON.stringify(row)},\n`).join('');
      const head = required === undefined ? '' : `required: ${required}, `;
      return `    ${JSON.stringify(shape)}: { ${head}members: [${rows === '' ? '' : `\n${rows}    `}] },\n`;
    });
    return (
      `\nexport const ${name}: ShapeTable = {\n` +
      `  structures: {\n${structures.join('')}  },\n` +
      `  lists: {\n${lines(table.lists)}  },\n` +
      `  operations: {\n${lines(table.operations)}  },\n};\n`
    );
  });
  return `${HEADER}import type { ShapeTable } from './shapes.ts';\n${parts.join('')}`;
}

function lines(record: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(record)
    .map(([name, row]) => `    ${JSON.stringify(name)}: ${JSON.stringify(row)},\n`)
    .join('');
}

const TYPES: Readonly<Record<ScalarKind, string>> = {
  string: 'string',
  integer: 'number',
  boolean: 'boolean',
  timestamp: 'Date',
  blob: 'Uint8Array',
};

/** The text of types.generated.ts: an interface for each structure, and one that maps operations to theirs. */
export function typesFile(
  tables: Readonly<Record<string, { table: ShapeTable; operations: string }>>,
): string {
  const interfaces = new Map<string, string>();
  const maps: string[] = [];
  for (const { table, operations } of Object.values(tables)) {
    const typeOf = (target: string): string => {
      const list = table.lists[target];
      if (list !== undefined) return `readonly ${typeOf(list[1])}[]`;
      return TYPES[target as ScalarKind] ?? target;
    };
    for (const [name, { required = 0, members }] of Object.entries(table.structures)) {
      const rows = members.map(([member, , , target], i) =>
        i < required
          ? `  readonly ${member}: ${typeOf(target)};\n`
          : `  readonly ${member}?: ${typeOf(target)} | undefined;\n`,
      );
      const text =
        rows.length === 0
          ? `export type ${name} = object;\n`
          : `export interface ${name} {\n${rows.join('')}}\n`;
      if (interfaces.has(name) && interfaces.get(name) !== text)
        throw new RangeError(`two shapes named ${name}`);
      interfaces.set(name, text);
    }
    const rows = Object.entries(table.operations).map(
      ([name, [input, output]]) =>
        `  ${name}: { input: ${input || 'object'}; output: ${output || 'object'} };\n`,
    );
    maps.push(`export interface ${operations} {\n${rows.join('')}}\n`);
  }
  return `${HEADER}\n${[...interfaces.values(), ...maps].join('\n')}`;
}

/** Both files by their path below src/api/protocol/. */
export async function generate(): Promise<Readonly<Record<string, string>>> {
  const ec2 = buildShapes(await import('@aws-sdk/client-ec2'), EC2_OPERATIONS);
  const sts = buildShapes(await import('@aws-sdk/client-sts'), STS_OPERATIONS);
  return {
    'shapes.generated.ts': shapesFile({ EC2_SHAPES: ec2, STS_SHAPES: sts }),
    'types.generated.ts': typesFile({
      ec2: { table: ec2, operations: 'Ec2Operations' },
      sts: { table: sts, operations: 'StsOperations' },
    }),
  };
}

async function main(): Promise<void> {
  const check = argv.includes('--check');
  for (const [name, text] of Object.entries(await generate())) {
    const path = fileURLToPath(new URL(`../src/api/protocol/${name}`, import.meta.url));
    if (!check) writeFileSync(path, text);
    else if (readFileSync(path, 'utf8') !== text) {
      console.error(`${path} is not what scripts/generate-shapes.ts makes`);
      process.exitCode = 1;
    }
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) await main();

/**
 * The shape table: what the members of every operation are called in a form, in XML and in code, and what
 * they hold. The table itself is generated (scripts/generate-shapes.ts); this file says how it is written
 * down and links it for use.
 *
 * Names on the wire (EC2 Query protocol): a request key is `ec2QueryName`, else the capitalised XML name or
 * member name; a response element is the XML name or member name; list members are flattened in requests
 * (`Name.1`, `Name.2`) and wrapped in responses (`<item>`).
 */

export type ScalarKind = 'string' | 'integer' | 'boolean' | 'timestamp' | 'blob';

/** [member name, request key, response element, target: a scalar kind or the name of a shape]. */
export type MemberRow = readonly [name: string, key: string, element: string, target: string];

/** The table as it is generated and checked in. */
export interface ShapeTable {
  /** The first `required` members must be there; the service's model lists them first. */
  readonly structures: Readonly<
    Record<string, { readonly required?: number; readonly members: readonly MemberRow[] }>
  >;
  /** List shapes: [element of one item in responses, target of the items]. */
  readonly lists: Readonly<Record<string, readonly [element: string, target: string]>>;
  /** Operations: [input structure, output structure]; '' where there is none. */
  readonly operations: Readonly<Record<string, readonly [input: string, output: string]>>;
}

export interface Scalar {
  readonly kind: ScalarKind;
}

export interface List {
  readonly kind: 'list';
  /** Element of one item in XML. */
  readonly element: string;
  readonly item: Shape;
}

export interface Member {
  readonly name: string;
  readonly key: string;
  readonly element: string;
  readonly required: boolean;
  readonly shape: Shape;
}

export interface Structure {
  readonly kind: 'structure';
  readonly name: string;
  readonly members: readonly Member[];
  /** Members by their request key. */
  readonly byKey: ReadonlyMap<string, Member>;
}

export type Shape = Scalar | List | Structure;

/** An operation with its linked shapes. */
export interface Operation {
  readonly name: string;
  readonly input: Structure;
  readonly output: Structure;
}

const SCALARS: ReadonlyMap<string, Scalar> = new Map(
  (['string', 'integer', 'boolean', 'timestamp', 'blob'] as const).map((kind) => [kind, { kind }]),
);

const EMPTY: Structure = { kind: 'structure', name: '', members: [], byKey: new Map() };

/**
 * Links a table: names become references, so that the codecs follow no names at run time. Shapes may be
 * recursive. Throws a RangeError for a target that the table does not hold (a fault of the generator).
 */
export function linkOperations(table: ShapeTable): ReadonlyMap<string, Operation> {
  const linked = new Map<string, Shape>(SCALARS);

  function link(name: string): Shape {
    const known = linked.get(name);
    if (known !== undefined) return known;
    if (Object.hasOwn(table.lists, name)) return linkList(name, table.lists[name]!);
    if (Object.hasOwn(table.structures, name)) return linkStructure(name);
    throw new RangeError(`the shape table has no shape ${name}`);
  }

  function linkList(name: string, [element, target]: readonly [string, string]): List {
    const list: { kind: 'list'; element: string; item: Shape } = { kind: 'list', element, item: EMPTY };
    linked.set(name, list);
    list.item = link(target);
    return list;
  }

  function linkStructure(name: string): Structure {
    const row = table.structures[name]!;
    const members: Member[] = [];
    const byKey = new Map<string, Member>();
    const structure: Structure = { kind: 'structure', name, members, byKey };
    linked.set(name, structure);
    for (const [member, key, element, target] of row.members) {
      const required = members.length < (row.required ?? 0);
      const entry: Member = { name: member, key, element, required, shape: link(target) };
      members.push(entry);
      byKey.set(key, entry);
    }
    return structure;
  }

  const operations = new Map<string, Operation>();
  for (const [name, [input, output]] of Object.entries(table.operations)) {
    operations.set(name, {
      name,
      input: input === '' ? EMPTY : (link(input) as Structure),
      output: output === '' ? EMPTY : (link(output) as Structure),
    });
  }
  return operations;
}

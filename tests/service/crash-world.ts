/** What clients know to be there, what they asked for last, and what may be left of that after a kill. */

export type Kind = 'vpc' | 'subnet' | 'flow-log';

/** A resource: what it hangs on (the VPC of a subnet, the resource of a flow log) and its tags. */
export interface Entity {
  readonly kind: Kind;
  readonly on: string;
  readonly tags: Readonly<Record<string, string>>;
}

export type World = ReadonlyMap<string, Entity>;

/** Something that a client asked for. */
export type Change =
  /** `name` is the value that the tag `made` has in all of them: it tells them apart from all others. */
  | { readonly kind: 'create'; readonly name: string; readonly entities: readonly Entity[] }
  | { readonly kind: 'delete'; readonly ids: readonly string[] }
  | { readonly kind: 'tag'; readonly ids: readonly string[]; readonly tags: Readonly<Record<string, string>> }
  | { readonly kind: 'untag'; readonly ids: readonly string[]; readonly keys: readonly string[] };

/** The world with a change carried out; `created` are the ids of what it made. */
export function carriedOut(world: World, change: Change, created: readonly string[]): World {
  const next = new Map(world);
  if (change.kind === 'create') {
    for (const [k, entity] of change.entities.entries()) next.set(created[k]!, entity);
    return next;
  }
  for (const id of change.ids) {
    const entity = next.get(id)!;
    if (change.kind === 'delete') next.delete(id);
    else if (change.kind === 'tag') next.set(id, { ...entity, tags: { ...entity.tags, ...change.tags } });
    else {
      const kept = Object.entries(entity.tags).filter(([key]) => !change.keys.includes(key));
      next.set(id, { ...entity, tags: Object.fromEntries(kept) });
    }
  }
  return next;
}

/** A resource as a line that equals another exactly when the resources do. */
export function lineOf({ kind, on, tags }: Entity): string {
  const sorted = Object.entries(tags).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `${kind} on ${on} ${JSON.stringify(sorted)}`;
}

/** The ids of what a creation made, in its order; undefined when it made nothing or not all of it. */
function madeBy(change: Change & { kind: 'create' }, found: World): string[] | undefined {
  const free = new Map([...found].filter(([, { tags }]) => tags['made'] === change.name));
  const ids: string[] = [];
  for (const entity of change.entities) {
    const id = [...free].find(([, other]) => lineOf(other) === lineOf(entity))?.[0];
    if (id === undefined) return undefined;
    free.delete(id);
    ids.push(id);
  }
  return free.size === 0 ? ids : undefined;
}

export interface Settled {
  /** What was found, as the world to go on from. */
  readonly world: World;
  /** Unanswered changes that stand. */
  readonly stood: ReadonlySet<Change>;
  /** What must not be: empty when all is well. */
  readonly faults: readonly string[];
}

/**
 * Judges what is found after a kill: all that was answered, and each change that was not answered (at most one
 * for any resource) either whole or not at all.
 */
export function settle(answered: World, pending: readonly Change[], found: World): Settled {
  let world = answered;
  const stood = new Set<Change>();
  for (const change of pending) {
    if (change.kind === 'create') {
      const ids = madeBy(change, found);
      if (ids === undefined) continue;
      world = carriedOut(world, change, ids);
      stood.add(change);
      continue;
    }
    const after = carriedOut(world, change, []);
    const whole = change.ids.every((id) => same(after.get(id), found.get(id)));
    if (!whole) continue;
    if (!change.ids.every((id) => same(world.get(id), found.get(id)))) stood.add(change);
    world = after;
  }
  const faults: string[] = [];
  for (const [id, entity] of world) {
    const other = found.get(id);
    if (!same(entity, other)) {
      faults.push(
        `${id} must be ${lineOf(entity)}, and is ${other === undefined ? 'not there' : lineOf(other)}`,
      );
    }
  }
  for (const [id, entity] of found) {
    if (!world.has(id)) faults.push(`${id} must not be there: ${lineOf(entity)}`);
  }
  return { world, stood, faults };
}

function same(a: Entity | undefined, b: Entity | undefined): boolean {
  return (a === undefined ? undefined : lineOf(a)) === (b === undefined ? undefined : lineOf(b));
}

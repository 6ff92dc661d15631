import { setImmediate } from 'node:timers/promises';

/** Things that are looked at between two pauses: some milliseconds' worth. */
const AT_ONCE = 4096;

/**
 * Goes through what is in an order of ids, with pauses in which others are served. After each pause what lies
 * behind the last one is asked for anew, as it is by then.
 */
export async function* withPauses<T extends { readonly id: string }>(
  behind: (after: string | undefined) => Iterable<T>,
  after: string | undefined,
): AsyncGenerator<T[], void, undefined> {
  let last = after;
  for (;;) {
    const some: T[] = [];
    for (const it of behind(last)) {
      some.push(it);
      if (some.length === AT_ONCE) break;
    }
    if (some.length > 0) yield some;
    if (some.length < AT_ONCE) return;
    last = some.at(-1)!.id;
    await setImmediate();
  }
}

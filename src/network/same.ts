/** Whether plain frozen data says the same: what passes from version to version is the same object. */

/** Members that no record follows from, of resources that records follow from. */
const PASSED_OVER: ReadonlySet<string> = new Set(['tags', 'createdAt', 'description', 'origin']);

/** Deep equality of plain data; a member that is absent is as one that is undefined. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!sameValue(a[i], b[i])) return false;
    return true;
  }
  return !Array.isArray(b) && sameMembers(a, b, undefined);
}

/** The same of two resources, but for their tags and the like. */
export function sameResource(a: object | undefined, b: object | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && sameMembers(a, b, PASSED_OVER));
}

function sameMembers(a: object, b: object, except: ReadonlySet<string> | undefined): boolean {
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const key in left) {
    if (except?.has(key) !== true && !sameValue(left[key], right[key])) return false;
  }
  for (const key in right) {
    if (right[key] !== undefined && !Object.hasOwn(left, key) && except?.has(key) !== true) return false;
  }
  return true;
}

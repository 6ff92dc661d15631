import type { Field } from './filling.ts';
import type { LogFormat } from './formats.ts';

/**
 * True when what the records of a format say depends on who owns the flow log: an account sees instances, tasks, tags
 * and next hops that it owns itself only (record format 1.5, 1.6, 1.8). Flow logs of several accounts share the
 * lines of any other format.
 */
export function dependsOnOwner(format: Pick<LogFormat, 'fields'>): boolean {
  return format.fields.some(isOfOwner);
}

function isOfOwner({ filling }: Field): boolean {
  switch (filling.per) {
    case 'interface':
      return filling.value === 'instanceId';
    // The zone is said of other accounts' next hops too.
    case 'next-hop':
      return filling.value !== 'azId';
    default:
      return filling.per === 'task' || filling.per === 'tag';
  }
}

import { formatPrefix, type Prefix } from '../base/prefixes.ts';
import type { Checking } from './checking.ts';
import type { Resource } from './resource.ts';

/** Prefixes under one id, for routes and rules. */
export interface PrefixList extends Resource {
  readonly region: string;
  readonly name: string;
  /** The service's own, of one of its services: `com.amazonaws.eu-central-1.s3`. */
  readonly ofService: boolean;
  readonly prefixes: readonly Prefix[];
}

/** One family a list, each prefix once. */
export function checkPrefixLists({ parts, report }: Checking): void {
  for (const it of parts.prefixLists) {
    const seen = new Set<string>();
    it.prefixes.forEach((prefix, i) => {
      const text = formatPrefix(prefix);
      if (seen.has(text)) report(it, ['prefixes', i], `${text} is in ${it.id} already: take one out`);
      seen.add(text);
      if (prefix.family !== it.prefixes[0]!.family) {
        report(it, ['prefixes', i], `${it.id} is a list of IPv${it.prefixes[0]!.family} prefixes`);
      }
    });
  }
}

import { comparePrefixes, containsPrefix, formatPrefix, parsePrefix, type Prefix } from '../base/prefixes.ts';

/** The prefixes that lie in no other one, as texts in order; texts that are no prefix are passed over. */
export function outermost(texts: readonly string[]): string[] {
  const out: Prefix[] = [];
  for (const prefix of texts.flatMap(parsed).sort(comparePrefixes)) {
    if (out.length === 0 || !containsPrefix(out.at(-1)!, prefix)) out.push(prefix);
  }
  return out.map(formatPrefix);
}

/** A prefix as Weir writes it; a text that is none as it is, for the message that it gets. */
export function canonicalPrefix(text: string): string {
  const [prefix] = parsed(text);
  return prefix === undefined ? text : formatPrefix(prefix);
}

function parsed(text: string): Prefix[] {
  try {
    return [parsePrefix(text)];
  } catch {
    return [];
  }
}

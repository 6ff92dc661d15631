/** Text from elsewhere, fit for a log: one line, bounded, without what signs requests. */

const SECRETS: readonly [RegExp, string][] = [
  // What services say to a signature that does not match holds the request's headers, session token included.
  [/the canonical string for this request should have been.*$/is, ''],
  [
    /((?:secret|token|signature|password|credential|authorization)[\w-]*["']?\s*[:=]\s*)(?:Bearer |Basic |AWS4\S* )?\S+/gi,
    '$1…',
  ],
  [/(\/\/)[^/\s@]+@/g, '$1…@'],
  [/\b(A[KS]IA)[A-Z0-9]{12,}\b/g, '$1…'],
];

// Control characters, what moves a terminal's cursor or turns text around, halves of pairs.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\s]+/gu;

/** Characters of a text that are looked at. */
const MOST_READ = 10_000;

export function oneLine(text: string, most: number): string {
  let clean = text.slice(0, MOST_READ);
  for (const [pattern, instead] of SECRETS) clean = clean.replace(pattern, instead);
  clean = clean.replace(UNPRINTABLE, ' ').trim();
  return clean.length <= most ? clean : `${clean.slice(0, most - 1).toWellFormed()}…`;
}

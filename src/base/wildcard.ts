/** Filter values of the EC2 API: `*` is any run of characters, `?` any one, a backslash takes what follows as
 * it is. Case-sensitive. */

/** Tokens that are no code point. */
const ANY_RUN = -1;
const ANY_ONE = -2;

/** A filter value, made ready for matching. */
export class Wildcard {
  /** The text that is the only match; undefined where the pattern has wildcards. */
  readonly exact: string | undefined;
  readonly #tokens: readonly number[];
  /** Fewest characters of a match. */
  readonly #least: number;

  constructor(pattern: string) {
    const tokens: number[] = [];
    let literal = '';
    let least = 0;
    let escaped = false;
    for (const character of pattern) {
      if (!escaped && character === '\\') {
        escaped = true;
        continue;
      }
      if (!escaped && character === '*') {
        if (tokens.at(-1) !== ANY_RUN) tokens.push(ANY_RUN);
        continue;
      }
      tokens.push(!escaped && character === '?' ? ANY_ONE : character.codePointAt(0)!);
      literal += character;
      least++;
      escaped = false;
    }
    if (escaped) {
      // A lone backslash at the end stands for itself.
      tokens.push(0x5c);
      literal += '\\';
      least++;
    }
    this.#tokens = tokens;
    this.#least = least;
    this.exact = tokens.every((token) => token >= 0) ? literal : undefined;
  }

  /** True when the whole text matches. Time is bounded by the square of the text's length. */
  matches(text: string): boolean {
    if (this.exact !== undefined) return text === this.exact;
    if (text.length < this.#least) return false;
    const tokens = this.#tokens;
    let token = 0;
    let at = 0;
    // Where to go on when what follows the last `*` does not fit: that `*` takes one character more.
    let star = -1;
    let retry = 0;
    while (at < text.length) {
      const point = text.codePointAt(at)!;
      const wanted = tokens[token];
      if (wanted === ANY_RUN) {
        star = token++;
        retry = at;
      } else if (wanted === ANY_ONE || wanted === point) {
        token++;
        at += width(point);
      } else if (star < 0) {
        return false;
      } else {
        token = star + 1;
        retry += width(text.codePointAt(retry)!);
        at = retry;
      }
    }
    while (tokens[token] === ANY_RUN) token++;
    return token === tokens.length;
  }
}

/** UTF-16 units of a code point. */
function width(point: number): number {
  return point > 0xffff ? 2 : 1;
}

/** The values of one filter: a text matches when it matches one of them. */
export class WildcardSet {
  /** The values without wildcards, unescaped. */
  readonly exact: ReadonlySet<string>;
  /** True when no value has wildcards: `exact` says it all. */
  readonly isExact: boolean;
  readonly #patterns: readonly Wildcard[];

  constructor(values: readonly string[]) {
    const exact = new Set<string>();
    const patterns: Wildcard[] = [];
    for (const value of values) {
      const wildcard = new Wildcard(value);
      if (wildcard.exact === undefined) patterns.push(wildcard);
      else exact.add(wildcard.exact);
    }
    this.exact = exact;
    this.isExact = patterns.length === 0;
    this.#patterns = patterns;
  }

  matches(text: string): boolean {
    return this.exact.has(text) || this.#patterns.some((pattern) => pattern.matches(text));
  }
}

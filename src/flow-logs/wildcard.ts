/** Values of filters: `*` stands for any text, `?` for any one character, a backslash takes the meaning from
 * what follows it. Case-sensitive. */

const ANY = Symbol('any text');
const ONE = Symbol('any character');
/** Characters are code points. */
type Token = string | typeof ANY | typeof ONE;

/** A filter's value, ready to be matched. */
export interface Pattern {
  /** The one text that matches; undefined when wildcards leave more than one. */
  readonly exact: string | undefined;
  matches(text: string): boolean;
}

/** Compiles a filter's value. A backslash at the end stands for itself. */
export function compilePattern(pattern: string): Pattern {
  const tokens = tokensOf(pattern);
  if (tokens.every((token) => typeof token === 'string')) {
    const exact = tokens.join('');
    return { exact, matches: (text) => text === exact };
  }
  const shortest = tokens.filter((token) => token !== ANY).length;
  return {
    exact: undefined,
    matches: (text) => text.length >= shortest && matches(tokens, Array.from(text)),
  };
}

function tokensOf(pattern: string): Token[] {
  const characters = Array.from(pattern);
  const tokens: Token[] = [];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i]!;
    if (character === '\\' && i + 1 < characters.length) tokens.push(characters[++i]!);
    else if (character === '?') tokens.push(ONE);
    else if (character !== '*') tokens.push(character);
    else if (tokens.at(-1) !== ANY) tokens.push(ANY);
  }
  return tokens;
}

/** Goes back no further than to the last `*`: at most the product of the lengths. */
function matches(tokens: readonly Token[], text: readonly string[]): boolean {
  let token = 0;
  let at = 0;
  let star = -1;
  let resume = 0;
  while (at < text.length) {
    const wanted = tokens[token];
    if (wanted === ANY) {
      star = token++;
      resume = at;
    } else if (wanted === ONE || (wanted !== undefined && wanted === text[at])) {
      token++;
      at++;
    } else if (star >= 0) {
      token = star + 1;
      at = ++resume;
    } else return false;
  }
  while (tokens[token] === ANY) token++;
  return token === tokens.length;
}

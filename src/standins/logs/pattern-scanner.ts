import { invalid } from './refusals.ts';

/** Goes over the text of a pattern. */
export class PatternScanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get ended(): boolean {
    return this.#at >= this.#text.length;
  }

  skipSpace(): void {
    while (this.#text[this.#at] === ' ' || this.#text[this.#at] === '\t' || this.#text[this.#at] === '\n')
      this.#at++;
  }

  /** Goes beyond this text, if it is what comes. */
  take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  /** A phrase in quotes, or a term of letters, digits and underscores. */
  term(): string {
    if (this.take('"')) return this.#quoted();
    if (this.#text[this.#at] === '%') throw this.#regex();
    const term = this.#run(/[^\s"]/);
    if (!/^[\p{L}\p{N}_]+$/u.test(term)) {
      throw this.refuse(
        `Invalid character(s) in term '${term}'. Terms with other characters than letters, digits and _ stand in double quotes`,
      );
    }
    return term;
  }

  /** The name of a field. */
  name(): string {
    const name = this.#run(/[\w$.@-]/);
    if (name === '') throw this.refuse('Expected the name of a field');
    return name;
  }

  /** A value to compare with: in quotes or not; what stands without may have wildcards too. */
  value(): string {
    if (this.take('"')) return this.#quoted();
    if (this.#text[this.#at] === '%') throw this.#regex();
    const value = this.#run(/[^\s,[\]()"&|<>=!]/);
    if (value === '') throw this.refuse('Expected a value');
    return value;
  }

  /** A refusal that says where. */
  refuse(what: string): Error {
    return invalid(`Invalid filter pattern: ${what}, at character ${this.#at + 1}.`);
  }

  #run(characters: RegExp): string {
    const from = this.#at;
    while (!this.ended && characters.test(this.#text[this.#at]!)) this.#at++;
    return this.#text.slice(from, this.#at);
  }

  #quoted(): string {
    let out = '';
    for (; !this.ended; this.#at++) {
      const character = this.#text[this.#at]!;
      if (character === '"') {
        this.#at++;
        return out;
      }
      if (character === '\\' && this.#at + 1 < this.#text.length) this.#at++;
      out += this.#text[this.#at]!;
    }
    throw this.refuse('A double quote is not closed');
  }

  #regex(): Error {
    return this.refuse('Regular expressions (%…%) are not offered here');
  }
}

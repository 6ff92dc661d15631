import { withRoom } from '../base/room.ts';

/**
 * Short ASCII texts in one array of words, to be copied into lines without an object at hand: each is its length in
 * bytes, and behind it its bytes as little-endian words, the last one padded.
 */
const FIRST_WORDS = 1 << 12;

export class WordStore {
  /** Replaced when it grows: read it again after `room` and `put`. */
  words: Int32Array<ArrayBuffer> = new Int32Array(FIRST_WORDS);
  /** Words in use: where the next text goes. */
  used = 0;

  /** Takes some words out of use for the caller to fill; returns where they begin. */
  room(words: number): number {
    const at = this.used;
    this.words = withRoom(this.words, at + words - 1);
    this.used = at + words;
    return at;
  }

  /** Keeps a text; returns where. */
  put(text: string): number {
    const start = this.room(wordsOf(text.length));
    const { words } = this;
    let at = start;
    words[at++] = text.length;
    for (let i = 0; i < text.length; i += 4) {
      let word = 0;
      for (let j = Math.min(i + 3, text.length - 1); j >= i; j--) word = (word << 8) | text.charCodeAt(j);
      words[at++] = word;
    }
    return start;
  }

  /** Keeps a copy of words that `words` had once; returns where. */
  copy(from: Int32Array): number {
    const at = this.room(from.length);
    this.words.set(from, at);
    return at;
  }

  /** Writes ASCII over a part of what is kept, from byte `byte` of the words at `at` on. */
  overwrite(at: number, byte: number, text: string): void {
    const { words } = this;
    for (let i = 0; i < text.length; i++) {
      const k = at + ((byte + i) >>> 2);
      const shift = ((byte + i) & 3) << 3;
      words[k] = (words[k]! & ~(0xff << shift)) | (text.charCodeAt(i) << shift);
    }
  }

  /** Begins again: what was kept is gone. */
  clear(): void {
    this.used = 0;
  }
}

/** How many words the text at `at` has, its length included. */
export function storedWords(words: Int32Array, at: number): number {
  return wordsOf(words[at]!);
}

function wordsOf(bytes: number): number {
  return 1 + ((bytes + 3) >>> 2);
}

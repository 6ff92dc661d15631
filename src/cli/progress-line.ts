/** One line on a terminal that is drawn again and again; nothing anywhere else. */
export interface ProgressLine {
  show(text: string): void;
  /** Takes the line away. Safe to call twice. */
  end(): void;
}

/** How often it is drawn at most, in milliseconds. */
const EVERY_MS = 250;

export function progressLine(): ProgressLine {
  if (!process.stderr.isTTY) return { show: () => {}, end: () => {} };
  let drawn = 0;
  let ended = false;
  return {
    show: (text) => {
      const now = performance.now();
      if (ended || now - drawn < EVERY_MS) return;
      drawn = now;
      process.stderr.write(`\r\x1b[K${text}`);
    },
    end: () => {
      if (!ended && drawn > 0) process.stderr.write('\r\x1b[K');
      ended = true;
    },
  };
}

/** Answers of Weir's own endpoint: JSON, and lines of JSON where they come bit by bit. */
import type { RawResponse } from '../../wire/endpoint.ts';

export function jsonAnswer(status: number, value: unknown): RawResponse {
  return {
    status,
    headers: [
      ['Content-Type', 'application/json'],
      ['Cache-Control', 'no-store'],
    ],
    body: `${JSON.stringify(value)}\n`,
  };
}

/** An answer of one JSON value a line, each sent when it is there. */
export function linesAnswer(values: AsyncIterable<unknown>): RawResponse {
  return {
    status: 200,
    headers: [
      ['Content-Type', 'application/x-ndjson'],
      ['Cache-Control', 'no-store'],
    ],
    body: encode(values),
  };
}

async function* encode(values: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const value of values) yield Buffer.from(`${JSON.stringify(value)}\n`);
}

/** POSTs to endpoints of others: webhooks, and those that streams deliver to. */
import { messageOf } from '../base/errors.ts';

export interface Posted {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly signal: AbortSignal;
}

export interface PostAnswer {
  readonly status: number;
  /** Empty where it is longer than is read. */
  readonly text: string;
}

/** Follows no redirects, and reads at most so many bytes of the answer. @throws {Error} that says why none came */
export async function post(url: string, posted: Posted, mostBytes: number): Promise<PostAnswer> {
  try {
    const answer = await fetch(url, { method: 'POST', redirect: 'error', ...posted });
    return { status: answer.status, text: await textOf(answer, mostBytes) };
  } catch (error) {
    // fetch hides it there.
    const { cause } = error as { cause?: { code?: string; message?: string } };
    throw new Error(cause?.code ?? cause?.message ?? messageOf(error), { cause: error });
  }
}

async function textOf(answer: Response, mostBytes: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of answer.body ?? []) {
    pieces.push(piece as Uint8Array);
    bytes += (piece as Uint8Array).length;
    if (bytes > mostBytes) return ''; // ends the connection
  }
  return Buffer.concat(pieces).toString('utf8');
}

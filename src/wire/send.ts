import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { RawResponse } from './endpoint.ts';

/**
 * Writes an answer; resolves when the last byte is with the kernel or the client is gone. Pieces of a stream
 * are drawn at the client's pace.
 */
export async function send(response: ServerResponse, answer: RawResponse, close: boolean): Promise<void> {
  if (response.destroyed || response.req.socket.destroyed) return discard(answer);
  const headers = answer.headers.flatMap(([name, value]) => [name, value]);
  if (close) headers.push('Connection', 'close');
  const { body } = answer;
  if (typeof body === 'string' || body instanceof Uint8Array) {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    // RFC 9110, 8.6: none with 204; with 304 it would be that of the answer that is not sent.
    const isBare = answer.status === 204 || answer.status === 304;
    if (!isBare) headers.push('Content-Length', String(answer.length ?? bytes.length));
    response.writeHead(answer.status, headers);
    response.end(bytes);
  } else {
    if (answer.length !== undefined) headers.push('Content-Length', String(answer.length));
    response.writeHead(answer.status, headers);
    const sent = await pump(response, body);
    // Cut off, so that nobody takes a part for the whole.
    if (answer.length !== undefined && sent !== answer.length) response.destroy();
    else response.end();
  }
  await finished(response);
}

/** Tells an iterable that nobody draws from that it can close what it has open. */
async function discard({ body }: RawResponse): Promise<void> {
  if (typeof body !== 'string' && !(body instanceof Uint8Array))
    await body[Symbol.asyncIterator]().return?.();
}

async function pump(response: ServerResponse, body: AsyncIterable<Uint8Array>): Promise<number> {
  let sent = 0;
  for await (const piece of body) {
    if (response.destroyed) break;
    sent += piece.length;
    if (!response.write(piece)) await either(response, 'drain');
  }
  return sent;
}

async function finished(response: ServerResponse): Promise<void> {
  if (!response.writableFinished && !response.destroyed) await either(response, 'finish');
}

/** Waits for an event, or for the client to be gone. */
function either(response: ServerResponse, event: 'drain' | 'finish'): Promise<void> {
  return new Promise((resolve) => {
    function done(): void {
      response.off(event, done).off('close', done);
      resolve();
    }
    response.on(event, done).on('close', done);
  });
}

/** Writes an answer where Node has made no response object, and closes the connection. */
export function sendOnSocket(socket: Socket, answer: RawResponse): void {
  const body = typeof answer.body === 'string' ? answer.body : '';
  const lines = [
    `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}`,
    ...answer.headers.map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

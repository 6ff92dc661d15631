/** The client of Weir's own endpoint: what `weir replay`, `flush` and `tail` reach a running service by. */
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { rootCertificates } from 'node:tls';
import { messageOf, UserError } from '../../base/errors.ts';
import type { Place } from './client-credentials.ts';
import { signedHeaders } from './client-signing.ts';
import {
  type FlushLine,
  MAX_PIECE,
  OWN_PATH,
  type ReplayDone,
  type ReplayLine,
  type ReplayRequest,
  type StatusAnswer,
  type TailLine,
} from './messages.ts';

/** Longest silence of a service that answers, in milliseconds: streams tell that they are alive more often. */
const SILENCE_MS = 60_000;
/** Longest line of an answer that comes bit by bit, and longest answer that comes whole, in bytes. */
const MAX_ANSWER = 64 * 2 ** 20;

/** What Node says of a certificate that nothing it knows vouches for. */
const UNTRUSTED: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

export class WeirClient {
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
  }

  /** Sends a capture up, piece by piece. Returns its bytes. `onSent` hears how many are there. */
  async upload(
    name: string,
    capture: AsyncIterable<Uint8Array>,
    onSent: (bytes: number) => void = () => {},
  ): Promise<number> {
    let offset = 0;
    for await (const piece of pieces(capture, MAX_PIECE)) {
      await this.#whole('PUT', `uploads/${name}?offset=${offset}`, piece);
      offset += piece.length;
      onSent(offset);
    }
    if (offset === 0) await this.#whole('PUT', `uploads/${name}?offset=0`);
    return offset;
  }

  async deleteUpload(name: string): Promise<void> {
    await this.#whole('DELETE', `uploads/${name}`);
  }

  /** Replays uploads. @throws {UserError} with the reason when the replay failed */
  async replay(
    replay: ReplayRequest,
    onProgress: (packets: number, waiting: boolean) => void = () => {},
    signal?: AbortSignal,
  ): Promise<ReplayDone> {
    const body = Buffer.from(JSON.stringify(replay));
    for await (const line of this.#lines<ReplayLine>('POST', 'replay', body, signal)) {
      if (line.kind === 'done') return line.summary;
      if (line.kind === 'failed') throw new UserError(line.message);
      onProgress(line.packets, line.waiting);
    }
    throw this.#brokeOff();
  }

  /** Closes what is open and publishes everything. @throws {UserError} */
  async flush(): Promise<void> {
    for await (const line of this.#lines<FlushLine>('POST', 'flush')) {
      if (line.kind === 'done') return;
      if (line.kind === 'failed') throw new UserError(line.message);
    }
    throw this.#brokeOff();
  }

  /** Records of flow logs as they are committed, until the service ends or `signal` says so. */
  async *tail(flowLogs: readonly string[], signal?: AbortSignal): AsyncGenerator<TailLine> {
    const query = flowLogs.map((id) => `flow-log=${encodeURIComponent(id)}`).join('&');
    for await (const line of this.#lines<TailLine>('GET', `tail?${query}`, undefined, signal)) {
      if (line.kind === 'end') return;
      yield line;
    }
    if (signal?.aborted !== true) throw this.#brokeOff();
  }

  async status(): Promise<StatusAnswer> {
    return (await this.#whole('GET', 'status')) as StatusAnswer;
  }

  async #whole(method: string, path: string, body?: Uint8Array): Promise<unknown> {
    return JSON.parse(await text(await this.#ask(method, path, body)));
  }

  async *#lines<Line>(
    method: string,
    path: string,
    body?: Uint8Array,
    signal?: AbortSignal,
  ): AsyncGenerator<Line> {
    let response: IncomingMessage | undefined;
    try {
      response = await this.#ask(method, path, body, signal);
      let waiting = '';
      response.setEncoding('utf8');
      for await (const piece of response) {
        const lines = (waiting + String(piece)).split('\n');
        waiting = lines.pop()!;
        if (waiting.length > MAX_ANSWER) throw this.#brokeOff();
        for (const line of lines) yield JSON.parse(line) as Line;
      }
    } catch (error) {
      if (signal?.aborted === true) return;
      throw error instanceof UserError ? error : this.#brokeOff(error);
    } finally {
      response?.destroy();
    }
  }

  /** Sends a request; the answer is one of success. */
  async #ask(
    method: string,
    path: string,
    body: Uint8Array = new Uint8Array(0),
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    const { url, ca } = this.#place;
    const target = OWN_PATH + path;
    const headers = {
      ...signedHeaders(this.#place, { method, target, body }),
      'content-length': String(body.length),
    };
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const sent = send({
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port,
      method,
      path: target,
      headers,
      timeout: SILENCE_MS,
      ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
      ...(signal === undefined ? {} : { signal }),
    });
    sent.on('timeout', () => sent.destroy(new Error(`it said nothing for ${SILENCE_MS / 1000} s`)));
    sent.end(body);
    let response: IncomingMessage;
    try {
      [response] = (await once(sent, 'response')) as [IncomingMessage];
    } catch (error) {
      throw this.#unreached(error);
    }
    // What breaks off later is seen by whoever reads.
    sent.on('error', () => {});
    const status = response.statusCode ?? 0;
    const type = response.headers['content-type'] ?? '';
    if (status === 200 && /^application\/(?:json|x-ndjson)/.test(type)) return response;
    throw this.#refused(status, await text(response).catch(() => ''));
  }

  #unreached(error: unknown): UserError {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ECONNREFUSED'
        ? 'nothing listens there: start weir serve, or check the address'
        : code === 'ENOTFOUND' || code === 'EAI_AGAIN'
          ? 'its name is not known: check the address'
          : code !== undefined && UNTRUSTED.has(code)
            ? `its certificate is not trusted (${code}): name those that it is trusted by in AWS_CA_BUNDLE, or in the profile's ca_bundle`
            : messageOf(error);
    return new UserError(`cannot reach the service at ${this.#place.url.origin}: ${why}`, { cause: error });
  }

  #brokeOff(cause?: unknown): UserError {
    const why = cause === undefined ? '' : ` (${messageOf(cause)})`;
    return new UserError(`the service at ${this.#place.url.origin} broke off its answer${why}`, { cause });
  }

  #refused(status: number, body: string): UserError {
    const { origin } = this.#place.url;
    let refusal: { code?: unknown; message?: unknown } = {};
    try {
      refusal = JSON.parse(body) as typeof refusal;
    } catch {
      // Somebody else's answer.
    }
    if (typeof refusal.code !== 'string' || typeof refusal.message !== 'string') {
      return new UserError(`${origin} answered ${status}, and not as weir does: is it a weir service?`);
    }
    return new UserError(`${origin} refused: ${refusal.message} (${refusal.code})`);
  }
}

async function text(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    length += (chunk as Buffer).length;
    if (length > MAX_ANSWER) throw new UserError('the answer of the service is too long');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The bytes of a stream in pieces of one length, the last one shorter. */
async function* pieces(stream: AsyncIterable<Uint8Array>, length: number): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let held = 0;
  for await (const chunk of stream) {
    for (let from = 0; from < chunk.length;) {
      const part = chunk.subarray(from, from + length - held);
      waiting.push(part);
      held += part.length;
      from += part.length;
      if (held < length) continue;
      yield Buffer.concat(waiting, held);
      waiting = [];
      held = 0;
    }
  }
  if (held > 0) yield Buffer.concat(waiting, held);
}

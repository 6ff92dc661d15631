/** A small client of the EC2 Query protocol: signed forms over kept connections, answers as they come. */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { Agent, request } from 'node:http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Credentials } from './weir-process.ts';

/** SHA-256 in the form that the signer asks for. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {
    throw new RangeError('not needed by the signer');
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): string | Uint8Array {
  if (typeof data === 'string') return data;
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

export interface ClientOptions {
  readonly host: string;
  readonly port: number;
  readonly region: string;
  readonly credentials: Credentials;
  /** Most connections; 1 unless given. */
  readonly connections?: number;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export type Form = Readonly<Record<string, string>>;

export class SignedClient {
  readonly #options: ClientOptions;
  readonly #agent: Agent;
  readonly #signer: SignatureV4;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#agent = new Agent({ keepAlive: true, maxSockets: options.connections ?? 1 });
    const { credentials, region } = options;
    this.#signer = new SignatureV4({ service: 'ec2', region, credentials, sha256: Sha256 });
  }

  /** Sends a form. Rejects when the connection fails. */
  async send(action: string, form: Form = {}): Promise<Answer> {
    const body = new URLSearchParams({ Action: action, Version: '2016-11-15', ...form }).toString();
    return this.#exchange(await this.headersFor(Buffer.from(body)), body);
  }

  /** Sends a form that must be answered 200; gives the body. */
  async ask(action: string, form: Form = {}): Promise<string> {
    const { status, body } = await this.send(action, form);
    if (status !== 200) throw new RangeError(`${action}: ${status} ${body.slice(0, 500)}`);
    return body;
  }

  /** Headers of a POST with this body, signed. */
  async headersFor(body: Uint8Array): Promise<Record<string, string>> {
    const { host, port } = this.#options;
    const signed = await this.#signer.sign({
      method: 'POST',
      protocol: 'http:',
      hostname: host,
      path: '/',
      query: {},
      headers: { host: `${host}:${port}`, 'content-type': 'application/x-www-form-urlencoded' },
      body,
    });
    return signed.headers;
  }

  close(): void {
    this.#agent.destroy();
  }

  #exchange(headers: Record<string, string>, body: string): Promise<Answer> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      const sent = request(
        { host, port, method: 'POST', path: '/', agent: this.#agent, headers },
        (response) => {
          const pieces: Buffer[] = [];
          response.on('data', (piece: Buffer) => pieces.push(piece));
          response.on('error', reject);
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces).toString() }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

/** The texts of an element, in order. */
export function textsOf(body: string, element: string): string[] {
  return [...body.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, 'g'))].map((match) => match[1]!);
}

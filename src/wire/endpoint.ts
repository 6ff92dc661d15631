import type { RawRequest } from '../base/raw-request.ts';
import { genericErrorBody, type WireError, XML_CONTENT_TYPE } from './envelopes.ts';
import type { RequestBody } from './request-body.ts';

/** The ports between the listener and the protocols behind it. */

/** A request before its body is read. */
export type RequestHead = Omit<RawRequest, 'body'>;

export interface RawResponse {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Text is sent as UTF-8. Of an iterable, a piece is drawn only when the client has taken the one before. */
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Bytes of an iterable, where they are known; of a HEAD's answer, those of the body it stands for. */
  readonly length?: number;
}

/** One protocol at one address: what a request of it may weigh, and who answers. */
export interface Endpoint {
  /** A larger body is refused before it is kept (S8.3). */
  readonly maxBodyBytes: number;
  /** Answers a request. Refusals are answers; a rejection is a fault of the program. `signal` aborts when the
   * client is gone or the listener stops. */
  handle(request: RawRequest, signal: AbortSignal): Promise<RawResponse>;
  /** Words a refusal of the listener itself (too large, overloaded) in the endpoint's protocol. */
  refuse(head: RequestHead, error: WireError): RawResponse;
}

/** A request whose body has not been read. */
export interface StreamedRequest extends RequestHead {
  readonly body: RequestBody;
}

/** A protocol whose bodies are too large to be held: it draws them, and bounds them, itself. */
export interface StreamingEndpoint {
  /** Answers a request, as `Endpoint.handle` does. What it leaves of the body is read and thrown away. */
  handleStream(request: StreamedRequest, signal: AbortSignal): Promise<RawResponse>;
  /** As in `Endpoint`. */
  refuse(head: RequestHead, error: WireError): RawResponse;
}

/** Chooses the endpoint of a request by its head: host, path, claimed service. Always finds one. */
export type Routing = (head: RequestHead) => Endpoint | StreamingEndpoint;

/** A refusal in no protocol's envelope, for requests that reach none. */
export function genericRefusal(error: WireError, requestId: string): RawResponse {
  return {
    status: error.status,
    headers: [
      ['Content-Type', XML_CONTENT_TYPE],
      ['x-amzn-requestid', requestId],
    ],
    body: genericErrorBody(error, requestId),
  };
}

/**
 * An HTTP request exactly as it arrived: what a signature is verified over (S8.3) and what every protocol
 * codec reads. Nothing in it is decoded, normalised, lower-cased or merged.
 */
export interface RawRequest {
  /** As sent: `POST`. */
  readonly method: string;
  /** The raw request target of the request line: path, and query after `?` where there is one. */
  readonly target: string;
  /** Header lines in the order and spelling they came in; a name may stand more than once. Values are
   * latin-1 text without the white space around them. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The whole body (transfer coding removed), bounded by the listener before it was read. */
  readonly body: Uint8Array;
  /** Address of the peer, for logs only. */
  readonly peer?: string;
}

/** All values of a header, by name without regard to case, in the order they came in. */
export function headerValues(request: Pick<RawRequest, 'headers'>, name: string): string[] {
  const wanted = name.toLowerCase();
  return request.headers.filter(([key]) => key.toLowerCase() === wanted).map(([, value]) => value);
}

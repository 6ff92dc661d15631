/** What the listener lets one client, and all clients together, take. */
export interface ListenerLimits {
  /** Request line and headers, in bytes. */
  readonly maxHeaderBytes: number;
  readonly maxHeaderCount: number;
  /** From the first byte of a request to the end of its headers. */
  readonly headersTimeoutMs: number;
  /** From the first byte of a request to the end of its body. */
  readonly requestTimeoutMs: number;
  /** The pace that a body must keep that is drawn piece by piece and lasts longer than `requestTimeoutMs`. */
  readonly leastBytesPerSecond: number;
  /** Between two bytes, of a body that comes in or an answer that goes out. */
  readonly idleTimeoutMs: number;
  /** Between two requests of a connection. */
  readonly keepAliveMs: number;
  /** Open connections. The quietest one makes room for a new one. */
  readonly maxConnections: number;
  /** Requests that a connection may have waiting behind the one that is answered. */
  readonly maxPipelined: number;
  /** Bodies held at the same time, over all connections. */
  readonly maxBufferedBytes: number;
}

export const LISTENER_LIMITS: ListenerLimits = {
  maxHeaderBytes: 32 * 1024, // a presigned GET carries its parameters and its signature in the request line
  maxHeaderCount: 100,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  leastBytesPerSecond: 8 * 1024, // 5 GB in a week: only what does not mean to end is kept out
  idleTimeoutMs: 20_000,
  keepAliveMs: 65_000, // longer than the SDKs keep an idle connection, so that they close first
  maxConnections: 1_000,
  maxPipelined: 64,
  maxBufferedBytes: 256 * 1024 * 1024,
};

import { connect } from 'node:net';
import { type HostileRequest, hostileRequest } from './hostile-requests.ts';
import { seededRandom } from '../api/protocol/random-values.ts';

export interface HostileOptions {
  readonly host: string;
  readonly port: number;
  readonly count: number;
  readonly seed: number;
  /** Requests at the same time. */
  readonly concurrency?: number;
  /** Codes that an answer may carry. */
  readonly codes: ReadonlySet<string>;
  /** Makes another request of a generated one, such as one with a signature that is good. */
  readonly disguise?: (request: HostileRequest) => Promise<HostileRequest>;
  /** A well-formed request of another client, sent over and over meanwhile; rejects when it is not served. */
  readonly probe: () => Promise<void>;
  /** A connection that is neither answered nor closed by then has stalled. */
  readonly deadlineMs?: number;
}

export interface HostileReport {
  readonly sent: number;
  /** Answers by HTTP status. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Refusals by code. */
  readonly codes: ReadonlyMap<string, number>;
  /** Connections that were closed without any answer. */
  readonly closed: number;
  /** What must not be, at most twenty of it: `kind #number: what`. Empty when all is well. */
  readonly violations: readonly string[];
  readonly probes: number;
  readonly slowestProbeMs: number;
}

interface Outcome {
  readonly text: string;
  readonly stalled: boolean;
}

/**
 * Sends hostile requests over real connections while another client asks for something ordinary, and says
 * what came of them. Reproducible by seed, except for timing.
 */
export async function runHostile(options: HostileOptions): Promise<HostileReport> {
  const { count, seed, concurrency = 32, deadlineMs = 15_000 } = options;
  const random = seededRandom(seed);
  const statuses = new Map<number, number>();
  const codes = new Map<string, number>();
  const violations: string[] = [];
  let closed = 0;
  let sent = 0;

  async function worker(): Promise<void> {
    while (sent < count) {
      const number = sent++;
      const generated = hostileRequest(random);
      const request = (await options.disguise?.(generated)) ?? generated;
      const outcome = await exchange(options, request, deadlineMs);
      const label = `${request.kind} #${number} (seed ${seed})`;
      if (outcome.stalled) violations.push(`${label}: neither answered nor closed in ${deadlineMs} ms`);
      const answers = answersOf(outcome.text);
      if (answers.length === 0) closed++;
      for (const { status, code } of answers) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (code !== undefined) codes.set(code, (codes.get(code) ?? 0) + 1);
        if (status >= 500 && status !== 503) violations.push(`${label}: status ${status}`);
        if (code !== undefined && !options.codes.has(code)) violations.push(`${label}: unknown code ${code}`);
      }
    }
  }

  const over = new AbortController();
  let probes = 0;
  let slowestProbeMs = 0;
  async function prober(): Promise<void> {
    while (!over.signal.aborted) {
      const started = performance.now();
      await options.probe().catch((error: unknown) => violations.push(`probe: ${String(error)}`));
      slowestProbeMs = Math.max(slowestProbeMs, performance.now() - started);
      probes++;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  const probing = prober();
  await Promise.all(Array.from({ length: concurrency }, worker));
  over.abort();
  await probing;
  return { sent, statuses, codes, closed, violations: violations.slice(0, 20), probes, slowestProbeMs };
}

/** One connection: sends, and reads until the server closes it. */
function exchange(options: HostileOptions, request: HostileRequest, deadlineMs: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = connect({ host: options.host, port: options.port, allowHalfOpen: true });
    const pieces: Buffer[] = [];
    let stalled = false;
    let drip: NodeJS.Timeout | undefined;
    const deadline = setTimeout(() => {
      stalled = true;
      socket.destroy();
    }, deadlineMs);
    socket.on('data', (piece) => pieces.push(piece));
    socket.on('end', () => socket.destroy());
    socket.on('error', ignore);
    socket.on('close', () => {
      clearTimeout(deadline);
      clearInterval(drip);
      resolve({ text: Buffer.concat(pieces).toString('latin1'), stalled });
    });
    socket.on('connect', () => {
      switch (request.manner) {
        case 'whole':
        case 'truncated':
          // Half-closed, also behind a whole request: a server that waits for more learns that none comes.
          socket.end(request.bytes);
          break;
        case 'stalled':
          socket.write(request.bytes);
          break;
        case 'unread':
          socket.write(request.bytes);
          socket.pause();
          setTimeout(() => socket.resume(), 100);
          break;
        case 'dripped': {
          let at = 0;
          drip = setInterval(() => {
            socket.write(request.bytes.subarray(at, at + 3));
            at += 3;
            if (at >= request.bytes.length) clearInterval(drip);
          }, 30);
        }
      }
    });
  });
}

/** The status of every answer in what a connection carried, with the code of a refusal. */
function answersOf(text: string): { status: number; code: string | undefined }[] {
  return text.split(/(?=HTTP\/1\.1 [0-9]{3} )/).flatMap((part) => {
    const status = Number(/^HTTP\/1\.1 ([0-9]{3}) /.exec(part)?.[1]);
    if (Number.isNaN(status) || status === 100) return [];
    return [{ status, code: /<Code>([^<]*)<\/Code>/.exec(part)?.[1] }];
  });
}

function ignore(): void {
  // 'close' follows, and is what counts.
}

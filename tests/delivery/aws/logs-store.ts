/** CloudWatch Logs in memory, as strict as the service: what it refuses was cut wrong. */
import type { StreamEvents } from '../../../src/standins/storage/log-storage.ts';
import { type JsonRequest, type JsonServer, openJsonServer, Refusal } from './logs-support.ts';

const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export interface InputEvent {
  readonly timestamp: number;
  readonly message: string;
}

export interface LogsStore {
  readonly server: JsonServer;
  /** Streams of groups, and their messages in the order in which they came. */
  readonly groups: Map<string, Map<string, InputEvent[]>>;
  /** Operations that came, `PutLogEvents stream` and so on, in order. */
  calls(): string[];
  /** Messages of a stream. */
  messages(group: string, stream: string): string[];
  /** Milliseconds since the epoch. */
  now: number;
  /** Whether streams ask for the token of the put before, as they did until 2023. */
  tokens: boolean;
  /** Whether indices are those of the last event of a kind, as moto's. */
  inexact: boolean;
}

/** What PutLogEvents refuses as a whole. */
export function brokenLimit(events: readonly InputEvent[]): string | undefined {
  if (events.length < 1 || events.length > 10_000) return `${events.length} events`;
  const bytes = events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + 26, 0);
  if (bytes > 1_048_576) return `${bytes} bytes`;
  if (events.some(({ message }) => message === '')) return 'an empty message';
  if (events.some(({ timestamp }, i) => i > 0 && timestamp < events[i - 1]!.timestamp)) return 'no order';
  if (events.at(-1)!.timestamp - events[0]!.timestamp > DAY) return 'a span of more than 24 hours';
  return undefined;
}

export async function openLogsStore(now = Date.UTC(2026, 0, 2)): Promise<LogsStore> {
  const groups: LogsStore['groups'] = new Map();
  const tokens = new Map<string, number>();

  const put = (streams: Map<string, InputEvent[]> | undefined, input: JsonRequest['input']): object => {
    const stream = input['logStreamName'] as string;
    const stored = streams?.get(stream);
    if (stored === undefined) throw new Refusal('ResourceNotFoundException');
    const events = input['logEvents'] as InputEvent[];
    const broken = brokenLimit(events);
    if (broken !== undefined) throw new Refusal(`InvalidParameterException`, { members: { broken } });
    const expected = `token-${tokens.get(stream) ?? 0}`;
    if (store.tokens && stored.length > 0 && input['sequenceToken'] !== expected) {
      throw new Refusal('InvalidSequenceTokenException', { members: { expectedSequenceToken: expected } });
    }
    tokens.set(stream, (tokens.get(stream) ?? 0) + 1);
    const isOld = ({ timestamp }: InputEvent): boolean => timestamp < store.now - 14 * DAY;
    const isNew = ({ timestamp }: InputEvent): boolean => timestamp > store.now + 2 * HOUR;
    const old = events.filter(isOld).length;
    const young = events.filter(isNew).length;
    stored.push(...events.filter((event) => !isOld(event) && !isNew(event)));
    return {
      nextSequenceToken: 'x',
      rejectedLogEventsInfo: {
        ...(old > 0 ? { tooOldLogEventEndIndex: store.inexact ? old - 1 : old } : {}),
        ...(young > 0
          ? { tooNewLogEventStartIndex: store.inexact ? events.length - 1 : events.length - young }
          : {}),
      },
    };
  };

  const server = await openJsonServer(({ operation, input }) => {
    const name = input['logGroupName'] as string;
    const streams = groups.get(name);
    switch (operation) {
      case 'CreateLogGroup':
        if (streams !== undefined) throw new Refusal('ResourceAlreadyExistsException');
        groups.set(name, new Map());
        return {};
      case 'CreateLogStream': {
        const stream = input['logStreamName'] as string;
        if (streams === undefined) throw new Refusal('ResourceNotFoundException');
        if (streams.has(stream)) throw new Refusal('ResourceAlreadyExistsException');
        streams.set(stream, []);
        return {};
      }
      case 'PutLogEvents':
        return put(streams, input);
      default:
        throw new Refusal('UnknownOperationException');
    }
  });
  const store: LogsStore = {
    server,
    groups,
    now,
    tokens: false,
    inexact: false,
    calls: () =>
      server.requests.map(({ operation, input }) =>
        operation === 'CreateLogGroup' ? operation : `${operation} ${String(input['logStreamName'])}`,
      ),
    messages: (group, stream) => (groups.get(group)?.get(stream) ?? []).map(({ message }) => message),
  };
  return store;
}

/** Events of a stream: [timestamp, message]. */
export function streamEvents(stream: string, events: readonly (readonly [number, string])[]): StreamEvents {
  const messages = events.map(([, message]) => Buffer.from(message));
  let end = 0;
  return {
    stream,
    timestamps: Float64Array.from(events, ([time]) => time),
    messages: Buffer.concat(messages),
    ends: Uint32Array.from(messages, ({ length }) => (end += length)),
  };
}

import type { StreamEvents } from './log-storage.ts';
import type { StoredEvent } from './logs-events.ts';
import type { StreamColumns } from './logs-slices.ts';

/** The events of an append as columns: streams by name, each stream's events by time. Streams without events
 * are left out; what is given twice is joined. */
export function appendColumns(given: readonly StreamEvents[]): StreamColumns[] {
  const byName = new Map<string, StreamEvents>();
  for (const events of given) {
    check(events);
    if (events.timestamps.length === 0) continue;
    const before = byName.get(events.stream);
    byName.set(events.stream, before === undefined ? events : joined(before, events));
  }
  return [...byName.values()].map(sorted).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Stored events as columns, with their origins. They are in order. */
export function storedColumns(events: readonly StoredEvent[]): StreamColumns[] {
  const byName = new Map<string, StoredEvent[]>();
  for (const event of events) {
    const list = byName.get(event.stream);
    if (list === undefined) byName.set(event.stream, [event]);
    else list.push(event);
  }
  const columns = [...byName].map(([name, list]): StreamColumns => {
    const bounds = new Uint32Array(list.length + 1);
    const messages = list.map(({ message }) => Buffer.from(message, 'utf8'));
    for (const [i, message] of messages.entries()) bounds[i + 1] = bounds[i]! + message.length;
    return {
      name,
      timestamps: Float64Array.from(list, (it) => it.timestamp),
      bounds,
      messages: Buffer.concat(messages),
      origin: {
        ingested: Float64Array.from(list, (it) => it.ingested),
        seeds: Uint32Array.from(list, (it) => it.seed),
        ordinals: Uint32Array.from(list, (it) => it.ordinal),
      },
    };
  });
  return columns.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function check({ stream, timestamps, ends, messages }: StreamEvents): void {
  const last = ends.at(-1) ?? 0;
  if (ends.length !== timestamps.length || last > messages.length) {
    throw new RangeError(
      `stream ${stream}: ${timestamps.length} timestamps, ${ends.length} ends, ${messages.length} bytes`,
    );
  }
}

function joined(a: StreamEvents, b: StreamEvents): StreamEvents {
  const first = a.messages.subarray(0, a.ends.at(-1));
  const ends = new Uint32Array(a.ends.length + b.ends.length);
  ends.set(a.ends);
  for (let i = 0; i < b.ends.length; i++) ends[a.ends.length + i] = b.ends[i]! + first.length;
  const timestamps = new Float64Array(ends.length);
  timestamps.set(a.timestamps);
  timestamps.set(b.timestamps, a.timestamps.length);
  return { stream: a.stream, timestamps, ends, messages: Buffer.concat([first, b.messages]) };
}

function sorted({ stream, timestamps, messages, ends }: StreamEvents): StreamColumns {
  const bounds = new Uint32Array(ends.length + 1);
  bounds.set(ends, 1);
  if (timestamps.every((it, i) => i === 0 || timestamps[i - 1]! <= it)) {
    return { name: stream, timestamps, bounds, messages };
  }
  const order = Uint32Array.from(timestamps.keys()).sort((a, b) => timestamps[a]! - timestamps[b]! || a - b);
  const newBounds = new Uint32Array(bounds.length);
  const newMessages = new Uint8Array(bounds.at(-1)!);
  for (const [to, from] of order.entries()) {
    const message = messages.subarray(bounds[from], bounds[from + 1]);
    newMessages.set(message, newBounds[to]);
    newBounds[to + 1] = newBounds[to]! + message.length;
  }
  return {
    name: stream,
    timestamps: Float64Array.from(order, (from) => timestamps[from]!),
    bounds: newBounds,
    messages: newMessages,
  };
}

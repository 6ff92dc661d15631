/** Log events gathered by stream for one append. */
import type { StreamEvents } from '../standins/storage/log-storage.ts';

const FIRST_EVENTS = 16;
const FIRST_BYTES = 2048;

interface Growing {
  timestamps: Float64Array<ArrayBuffer>;
  ends: Uint32Array<ArrayBuffer>;
  messages: Buffer;
  events: number;
  bytes: number;
}

/** Streams stand in the order of their first event; the events of each in the order of add(). */
export class EventBatch {
  #streams = new Map<string, Growing>();
  #bytes = 0;

  /** Bytes of messages so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds the message text[from, to). */
  add(stream: string, timestamp: number, text: Buffer, from: number, to: number): void {
    let into = this.#streams.get(stream);
    if (into === undefined) {
      into = {
        timestamps: new Float64Array(FIRST_EVENTS),
        ends: new Uint32Array(FIRST_EVENTS),
        messages: Buffer.allocUnsafe(FIRST_BYTES),
        events: 0,
        bytes: 0,
      };
      this.#streams.set(stream, into);
    }
    if (into.events === into.ends.length) {
      const [timestamps, ends] = [into.timestamps, into.ends];
      into.timestamps = new Float64Array(ends.length * 2);
      into.timestamps.set(timestamps);
      into.ends = new Uint32Array(ends.length * 2);
      into.ends.set(ends);
    }
    const needed = into.bytes + to - from;
    if (needed > into.messages.length) {
      const messages = Buffer.allocUnsafe(Math.max(needed, into.messages.length * 2));
      into.messages.copy(messages, 0, 0, into.bytes);
      into.messages = messages;
    }
    text.copy(into.messages, into.bytes, from, to);
    into.bytes = needed;
    into.timestamps[into.events] = timestamp;
    into.ends[into.events++] = needed;
    this.#bytes += to - from;
  }

  /** What was added since the last call. */
  take(): StreamEvents[] {
    const out = [...this.#streams].map(([stream, { timestamps, ends, messages, events, bytes }]) => ({
      stream,
      timestamps: timestamps.subarray(0, events),
      messages: messages.subarray(0, bytes),
      ends: ends.subarray(0, events),
    }));
    this.#streams = new Map();
    this.#bytes = 0;
    return out;
  }
}

/** Sinks in memory that keep their ports, with faults to order. */
import type { Caller } from '../../src/standins/storage/caller.ts';
import type {
  AppendOptions,
  LogGroupName,
  LogSink,
  RefusedEvents,
  StreamEvents,
} from '../../src/standins/storage/log-storage.ts';
import { NoSuchStream } from '../../src/standins/storage/stream-storage.ts';
import type { StreamName, StreamRecords, StreamSink } from '../../src/standins/storage/stream-storage.ts';
import { StorageError } from '../../src/standins/storage/object-storage.ts';
import type { BucketInfo, ObjectInfo, ObjectSink } from '../../src/standins/storage/object-storage.ts';

/** What happens to an operation: nothing, an error, or a promise that it waits for first. */
export type Fault = (place: string) => undefined | Error | Promise<void>;

export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made for a test`), { code });
}

/** Waits until its signal, and longer when there is none. */
export function hang(): Promise<void> {
  return new Promise(() => {});
}

export class MemoryObjects implements ObjectSink {
  readonly buckets = new Map<string, BucketInfo>();
  readonly objects = new Map<string, { bytes: Buffer; contentType: string | undefined; puts: number }>();
  /** Puts that began, by place. */
  readonly attempts: string[] = [];
  /** Largest piece of a body so far. */
  largest = 0;
  fault: Fault = () => undefined;

  addBucket(name: string, account = '123456789012'): void {
    this.buckets.set(name, { name, account, region: 'eu-central-1', createdAt: 0 });
  }

  bucket(name: string): Promise<BucketInfo | undefined> {
    return Promise.resolve(this.buckets.get(name));
  }

  async put(
    bucket: string,
    key: string,
    body: readonly Uint8Array[] | AsyncIterable<Uint8Array>,
    options: { contentType?: string; signal?: AbortSignal } = {},
  ): Promise<ObjectInfo> {
    const place = `${bucket}/${key}`;
    this.attempts.push(place);
    if (!this.buckets.has(bucket)) throw new StorageError('NoSuchBucket', `no bucket ${bucket}`);
    const fault = this.fault(place);
    if (fault instanceof Error) throw fault;
    const aborted = new Promise<never>((_, reject) => {
      options.signal?.addEventListener('abort', () => reject(options.signal!.reason as Error));
    });
    aborted.catch(() => {});
    if (fault !== undefined) await Promise.race([fault, aborted]);
    const parts: Uint8Array[] = [];
    for await (const part of body) {
      this.largest = Math.max(this.largest, part.length);
      parts.push(part);
    }
    options.signal?.throwIfAborted();
    const bytes = Buffer.concat(parts);
    const puts = (this.objects.get(place)?.puts ?? 0) + 1;
    this.objects.set(place, { bytes, contentType: options.contentType, puts });
    return { key, size: bytes.length, etag: '', lastModified: 0, contentType: '', headers: {} };
  }
}

export class MemoryLogs implements LogSink {
  readonly batches = new Set<string>();
  readonly events: { group: string; stream: string; timestamp: number; message: string }[] = [];
  appends = 0;
  fault: Fault = () => undefined;

  async group({ name }: LogGroupName): Promise<object | undefined> {
    const fault = this.fault(name);
    if (fault instanceof Error) throw fault;
    await fault;
    return {};
  }

  async append(
    group: LogGroupName,
    batch: string,
    events: readonly StreamEvents[],
    _now: number,
    _as?: Caller,
    _options?: AppendOptions,
  ): Promise<readonly RefusedEvents[] | void> {
    if (!/^[A-Za-z0-9_.-]{1,200}$/.test(batch)) throw new Error(`batch ${batch}`);
    const fault = this.fault(group.name);
    if (fault instanceof Error) throw fault;
    if (fault !== undefined) await fault;
    this.appends++;
    const id = `${group.account}/${group.region}/${group.name}/${batch}`;
    if (this.batches.has(id)) return;
    this.batches.add(id);
    for (const { stream, timestamps, messages, ends } of events) {
      let from = 0;
      ends.forEach((end, i) => {
        const message = Buffer.from(messages.subarray(from, end)).toString();
        this.events.push({ group: group.name, stream, timestamp: timestamps[i]!, message });
        from = end;
      });
    }
  }
}

/** Streams that are all there, but `missing`. */
export class MemoryStreams implements StreamSink {
  readonly overNetwork = true;
  readonly missing = new Set<string>();
  readonly batches = new Set<string>();
  /** Of each attempt; one with the role `refused` is. */
  readonly callers: (Caller | undefined)[] = [];
  readonly puts: { stream: string; records: string[]; bytes: number }[] = [];
  fault: Fault = () => undefined;

  stream({ name }: StreamName): Promise<object | undefined> {
    return Promise.resolve(this.missing.has(name) ? undefined : {});
  }

  async put(
    stream: StreamName,
    batch: string,
    { data, ends }: StreamRecords,
    _now: number,
    as?: Caller,
  ): Promise<void> {
    if (!/^[A-Za-z0-9_.-]{1,200}$/.test(batch)) throw new Error(`batch ${batch}`);
    this.callers.push(as);
    if (this.missing.has(stream.name)) throw new NoSuchStream(stream);
    if (as?.roles?.role === 'refused') throw systemError('EACCES');
    const fault = this.fault(stream.name);
    if (fault instanceof Error) throw fault;
    if (fault !== undefined) await fault;
    const id = `${stream.account}/${stream.region}/${stream.name}/${batch}`;
    if (this.batches.has(id)) return;
    this.batches.add(id);
    const records = Array.from(ends, (end, i) =>
      Buffer.from(data.subarray(ends[i - 1] ?? 0, end)).toString(),
    );
    this.puts.push({ stream: stream.name, records, bytes: data.length });
  }

  /** Records of a stream, in order. */
  of(stream: string): string[] {
    return this.puts.filter((put) => put.stream === stream).flatMap((put) => put.records);
  }
}

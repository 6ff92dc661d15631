import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ObjectInfo, StorageError } from './object-storage.ts';
import { type BucketRecord, type Buckets } from './objects-buckets.ts';
import {
  codeOf,
  DIRECTORY_MODE,
  isMissing,
  readSmall,
  type StorageRoot,
  syncDirectory,
  writeNew,
} from './objects-files.ts';
import { FileBody, openForReading, TemporaryFile } from './objects-temporary.ts';
import { checkKey, type ObjectBody, type PutOptions } from './objects-options.ts';

/**
 * Multipart uploads: a directory each, with what the object is to be and a file for each part, whose name says its
 * number and its MD5. Completing one writes the parts behind each other into a new file.
 */

export interface UploadInfo {
  readonly id: string;
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly initiated: number;
}

interface UploadRecord extends UploadInfo {
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface PartInfo {
  readonly number: number;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: number;
}

export interface WantedPart {
  readonly number: number;
  /** Without quotes. */
  readonly etag: string;
}

type Publish = (
  bucket: BucketRecord,
  key: string,
  file: TemporaryFile,
  etag: string,
  options: PutOptions,
) => Promise<ObjectInfo>;

export const MOST_PARTS = 10_000;
/** Smallest part but for the last, bytes. */
export const LEAST_PART_BYTES = 5 * 1024 * 1024;

const UPLOAD_FILE = 'upload.json';
const UPLOAD_ID = /^[0-9a-f]{32}$/;
const PART_FILE = /^([0-9]{5})\.([0-9a-f]{32})$/;

export class Uploads {
  readonly #root: StorageRoot;
  readonly #buckets: Buckets;
  readonly #publish: Publish;

  constructor(root: StorageRoot, buckets: Buckets, publish: Publish) {
    this.#root = root;
    this.#buckets = buckets;
    this.#publish = publish;
  }

  /** Returns the upload's id. @throws {StorageError} NoSuchBucket, InvalidName */
  async create(bucket: string, key: string, options: PutOptions = {}): Promise<string> {
    checkKey(key);
    const record = await this.#buckets.get(bucket);
    const id = randomBytes(16).toString('hex');
    const { contentType, headers } = options;
    const upload = { id, key, initiated: Date.now(), contentType, headers };
    const temporary = this.#root.own('tmp', this.#root.unique());
    const home = this.#root.own('uploads', record.id);
    await mkdir(temporary, { mode: DIRECTORY_MODE });
    try {
      await writeNew(join(temporary, UPLOAD_FILE), `${JSON.stringify(upload)}\n`);
      await syncDirectory(temporary);
      await mkdir(home, { mode: DIRECTORY_MODE }).catch((error: unknown) => {
        if (codeOf(error) !== 'EEXIST') throw error;
      });
      await rename(temporary, join(home, id));
      await syncDirectory(home);
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      throw error;
    }
    return id;
  }

  /** Keeps a part, in place of one with its number. @throws {StorageError} NoSuchBucket, NoSuchUpload */
  async putPart(
    bucket: string,
    key: string,
    id: string,
    number: number,
    body: ObjectBody,
    signal?: AbortSignal,
  ): Promise<PartInfo> {
    const { directory } = await this.#find(bucket, key, id);
    const file = await TemporaryFile.create(this.#root);
    try {
      await file.append(body, signal);
      const etag = file.digest();
      await file.sync();
      const prefix = `${String(number).padStart(5, '0')}.`;
      const name = prefix + etag;
      await file.publish(join(directory, name)).catch(goneMeans(noSuchUpload));
      for (const other of await readdir(directory).catch(goneMeans(noSuchUpload))) {
        if (other.startsWith(prefix) && other !== name) await rm(join(directory, other), { force: true });
      }
      await syncDirectory(directory).catch(goneMeans(noSuchUpload));
      return { number, size: file.size, etag, lastModified: Date.now() };
    } finally {
      await file.dispose();
    }
  }

  /** The parts of an upload by number. @throws {StorageError} NoSuchBucket, NoSuchUpload */
  async parts(bucket: string, key: string, id: string): Promise<PartInfo[]> {
    const { directory } = await this.#find(bucket, key, id);
    const newest = new Map<number, PartInfo>();
    for (const name of (await readdir(directory).catch(goneMeans(noSuchUpload))).sort()) {
      const [, digits, etag] = PART_FILE.exec(name) ?? [];
      if (digits === undefined) continue;
      const found = await stat(join(directory, name)).catch((error: unknown) => {
        if (isMissing(error)) return undefined; // replaced meanwhile
        throw error;
      });
      const number = Number(digits);
      const part = { number, size: found?.size ?? 0, etag: etag!, lastModified: found?.mtimeMs ?? 0 };
      if (found && !((newest.get(number)?.lastModified ?? 0) > part.lastModified)) newest.set(number, part);
    }
    return [...newest.values()];
  }

  /** The uploads of a bucket that are neither completed nor aborted, by key, then by time. */
  async list(bucket: string): Promise<UploadInfo[]> {
    const record = await this.#buckets.get(bucket);
    const home = this.#root.own('uploads', record.id);
    const found: UploadInfo[] = [];
    const ids = await readdir(home).catch((error: unknown): string[] => {
      if (isMissing(error)) return [];
      throw error;
    });
    for (const id of ids) {
      const text = UPLOAD_ID.test(id) ? await readSmall(join(home, id, UPLOAD_FILE)) : undefined;
      if (text !== undefined) found.push(JSON.parse(text) as UploadRecord);
    }
    return found.sort(
      (a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)) || a.initiated - b.initiated,
    );
  }

  /**
   * Makes the object of the parts named.
   * @throws {StorageError} NoSuchUpload, InvalidPart, InvalidPartOrder, EntityTooSmall
   */
  async complete(
    bucket: string,
    key: string,
    id: string,
    wanted: readonly WantedPart[],
    options: PutOptions = {},
  ): Promise<ObjectInfo> {
    const { record, upload, directory } = await this.#find(bucket, key, id);
    const parts = chosenParts(await this.parts(bucket, key, id), wanted);
    const file = await TemporaryFile.create(this.#root);
    try {
      for (const { number, etag } of parts) {
        const path = join(directory, `${String(number).padStart(5, '0')}.${etag}`);
        const handle = await openForReading(path).catch(goneMeans(noSuchUpload));
        const { size } = await handle.stat();
        const body = new FileBody(handle, 0, size);
        await file.append(body, options.signal);
      }
      const etags = createHash('md5');
      for (const { etag } of parts) etags.update(Buffer.from(etag, 'hex'));
      const object = await this.#publish(record, key, file, `${etags.digest('hex')}-${parts.length}`, {
        ...options,
        ...(upload.contentType === undefined ? {} : { contentType: upload.contentType }),
        headers: upload.headers ?? {},
      });
      await rm(directory, { recursive: true, force: true });
      return object;
    } finally {
      await file.dispose();
    }
  }

  /** @throws {StorageError} NoSuchBucket, NoSuchUpload */
  async abort(bucket: string, key: string, id: string): Promise<void> {
    const { directory } = await this.#find(bucket, key, id);
    // First the name, so that no part is put into what is being taken away.
    const aside = this.#root.own('tmp', this.#root.unique());
    await rename(directory, aside).catch(goneMeans(noSuchUpload));
    await rm(aside, { recursive: true, force: true });
  }

  async #find(
    bucket: string,
    key: string,
    id: string,
  ): Promise<{ record: BucketRecord; upload: UploadRecord; directory: string }> {
    const record = await this.#buckets.get(bucket);
    if (!UPLOAD_ID.test(id)) throw noSuchUpload();
    const directory = join(this.#root.own('uploads', record.id), id);
    const text = await readSmall(join(directory, UPLOAD_FILE));
    if (text === undefined) throw noSuchUpload();
    const upload = JSON.parse(text) as UploadRecord;
    if (upload.key !== key) throw noSuchUpload();
    return { record, upload, directory };
  }
}

function chosenParts(there: readonly PartInfo[], wanted: readonly WantedPart[]): PartInfo[] {
  const byNumber = new Map(there.map((part) => [part.number, part]));
  const chosen: PartInfo[] = [];
  for (const { number, etag } of wanted) {
    if (number <= (chosen.at(-1)?.number ?? 0)) {
      throw new StorageError(
        'InvalidPartOrder',
        'The list of parts was not in ascending order. Parts must be ordered by part number.',
      );
    }
    const part = byNumber.get(number);
    if (part === undefined || part.etag !== etag) {
      throw new StorageError(
        'InvalidPart',
        "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
      );
    }
    chosen.push(part);
  }
  if (chosen.slice(0, -1).some(({ size }) => size < LEAST_PART_BYTES)) {
    throw new StorageError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
  }
  return chosen;
}

function noSuchUpload(): StorageError {
  return new StorageError(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
  );
}

/** What a missing file means here. */
function goneMeans(meant: () => StorageError): (error: unknown) => never {
  return (error) => {
    throw isMissing(error) ? meant() : error;
  };
}

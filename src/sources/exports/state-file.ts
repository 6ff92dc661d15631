import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import type { NetflowDecoder } from '../../capture/netflow/decoder.ts';

/** No state of ours is larger: 65,536 templates of 20 fields or so. */
const MAX_BYTES = 64 << 20;
const SAVE_MS = 10_000;
const FORMAT = 'weir-flow-templates';

/**
 * Templates and sampling rates over a restart: a file that is replaced as a whole, so that a crash leaves the old one
 * or the new one. What cannot be kept is told once, and costs nothing but the templates.
 */
export class StateFile {
  readonly #path: string;
  readonly #decoder: NetflowDecoder;
  readonly #notice: (message: string) => void;
  /** What the decoder had taken when it was saved last: templates, withdrawals, options. */
  #changes = 0;
  #savedAt = 0;
  #saving: Promise<void> = Promise.resolve();
  #busy = false;
  #failed = false;

  constructor(path: string, decoder: NetflowDecoder, notice: (message: string) => void) {
    this.#path = path;
    this.#decoder = decoder;
    this.#notice = notice;
  }

  /** Takes what the last run kept. One that is not as it should be is set aside as PATH.bad. */
  async restore(nowMicros: number): Promise<void> {
    let text: string;
    try {
      text = await readBounded(this.#path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      await this.#setAside(messageOf(error));
      return;
    }
    let state: unknown;
    try {
      const file = JSON.parse(text) as { kind?: unknown; exporters?: unknown } | null;
      if (file?.kind !== FORMAT) throw new Error(`it is no ${FORMAT}`);
      state = file.exporters;
    } catch (error) {
      await this.#setAside(messageOf(error));
      return;
    }
    const refused = this.#decoder.restore(state, nowMicros);
    if (refused > 0)
      this.#notice(`${refused} entries of ${this.#path} were not as they should be, and are left out`);
  }

  /** Keeps what has changed, at most every 10 s. */
  saveLater(nowMs: number): void {
    if (this.#busy || nowMs - this.#savedAt < SAVE_MS) return;
    this.#savedAt = nowMs;
    this.#saving = this.#save();
  }

  /** Keeps what has changed, now. */
  async saveNow(): Promise<void> {
    await this.#saving;
    this.#saving = this.#save();
    await this.#saving;
  }

  async #save(): Promise<void> {
    const { templates, withdrawals, optionsRecords } = this.#decoder.counters;
    const changes = templates + withdrawals + optionsRecords;
    if (changes === this.#changes) return;
    const text = this.#text();
    this.#busy = true;
    try {
      await replaceFile(this.#path, text);
      this.#changes = changes;
      this.#failed = false;
    } catch (error) {
      if (!this.#failed)
        this.#notice(
          `templates cannot be kept in ${this.#path}: ${messageOf(error)}; after a restart flows wait for new ones`,
        );
      this.#failed = true;
    } finally {
      this.#busy = false;
    }
  }

  #text(): string {
    return JSON.stringify({ kind: FORMAT, exporters: this.#decoder.save() });
  }

  async #setAside(reason: string): Promise<void> {
    const bad = `${this.#path}.bad`;
    const moved = await rename(this.#path, bad).then(
      () => `; it is kept as ${bad}`,
      () => '',
    );
    this.#notice(
      `the templates in ${this.#path} cannot be used (${reason})${moved}; new ones are waited for`,
    );
  }
}

async function readBounded(path: string): Promise<string> {
  const handle = await open(path, 'r');
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new Error('it is no file');
    if (stat.size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
    return await readFile(handle, 'utf8');
  } finally {
    await handle.close();
  }
}

/** Writes a file beside, makes sure that it is on disk, and puts it in the place of the old one. */
async function replaceFile(path: string, text: string): Promise<void> {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    await inFile(beside, 'w', async (handle) => {
      await handle.writeFile(text);
      await handle.sync();
    });
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => {});
    throw error;
  }
  await inFile(dirname(path), 'r', (handle) => handle.sync());
}

async function inFile(
  path: string,
  flags: string,
  work: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const handle = await open(path, flags, 0o600);
  try {
    await work(handle);
  } finally {
    await handle.close();
  }
}

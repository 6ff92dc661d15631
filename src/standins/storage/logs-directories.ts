/** The directories of log groups below a root: found, made and taken away, and what is held of each in memory. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LogGroupName } from './log-storage.ts';
import { checkFolder, flush, makeFolders, removeAll, temporaryName, writeText } from './logs-files.ts';
import { GROUP_FILE, GroupDirectory, type GroupRecord } from './logs-group.ts';
import { ignoreMissing } from './logs-segment.ts';
import { StreamExtents } from './logs-streams.ts';
import { continuedPart, nameToPath, pathToName } from './paths.ts';

/** Groups whose footers are held, and streams whose extents are, over all groups. */
const MAX_HELD_GROUPS = 1_000;
const MAX_HELD_STREAMS = 200_000;
const TRASH = '.trash';
const ACCOUNT = /^[0-9]{12}$/;
const REGION = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** A group, there or not. */
export interface OpenGroup {
  readonly directory: GroupDirectory;
  readonly extents: StreamExtents;
}

export class GroupDirectories {
  readonly #root: string;
  readonly #onDamage: () => void;
  readonly #held = new Map<string, OpenGroup>();

  /** @param onDamage told of each segment that cannot be read */
  constructor(root: string, onDamage: () => void) {
    this.#root = root;
    this.#onDamage = onDamage;
  }

  open(group: LogGroupName): OpenGroup {
    const path = join(this.#root, ...partsOf(group));
    const held = this.#held.get(path);
    const opened = held ?? {
      directory: new GroupDirectory(path, this.#onDamage),
      extents: new StreamExtents(),
    };
    this.#held.delete(path);
    this.#held.set(path, opened); // the youngest
    if (held === undefined) this.#forget();
    return opened;
  }

  /** False where it is there already. */
  async make(group: LogGroupName, record: GroupRecord): Promise<boolean> {
    const parts = partsOf(group);
    if ((await this.open(group).directory.record()) !== undefined) return false;
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
    const parent = await makeFolders(this.#root, parts.slice(0, -1));
    const made = join(parent, temporaryName());
    await mkdir(made, { mode: 0o700 });
    await writeText(join(made, GROUP_FILE), JSON.stringify(record));
    await flush(made);
    try {
      await rename(made, join(parent, parts.at(-1)!));
    } catch (error) {
      await removeAll(made);
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
      throw error;
    }
    await flush(parent);
    return true;
  }

  /** False where there is none. */
  async delete(group: LogGroupName): Promise<boolean> {
    const { directory } = this.open(group);
    if ((await directory.record()) === undefined) return false;
    const trash = await makeFolders(this.#root, [TRASH]);
    const away = join(trash, randomBytes(12).toString('hex'));
    const moved = await rename(directory.path, away).then(() => true, ignoreMissing);
    if (moved === undefined) return false;
    await flush(dirname(directory.path));
    this.#held.delete(directory.path);
    await removeAll(away);
    return true;
  }

  /** Removes what groups that were deleted left. */
  async emptyTrash(): Promise<void> {
    await removeAll(join(this.#root, TRASH));
  }

  /** Names of the groups of an account and region, sorted. */
  async names(account: string, region: string): Promise<string[]> {
    const names: string[] = [];
    const walk = async (folder: string, parts: readonly string[]): Promise<void> => {
      await checkFolder(folder);
      const entries = (await readdir(folder, { withFileTypes: true }).catch(ignoreMissing)) ?? [];
      for (const entry of entries) {
        if (!entry.isDirectory() || entry.name.startsWith('.')) continue;
        const path = [...parts, entry.name];
        if (continuedPart(entry.name) !== undefined) await walk(join(folder, entry.name), path);
        else {
          const name = pathToName(path);
          if (name !== undefined) names.push(name);
        }
      }
    };
    await walk(join(this.#root, checked(account, ACCOUNT), checked(region, REGION)), []);
    return names.sort((a, b) => (a < b ? -1 : 1));
  }

  /** Of all accounts and regions. */
  async *all(): AsyncGenerator<GroupDirectory> {
    for (const account of (await readdir(this.#root)).filter((it) => ACCOUNT.test(it))) {
      for (const region of (await readdir(join(this.#root, account))).filter((it) => REGION.test(it))) {
        for (const name of await this.names(account, region)) {
          yield this.open({ account, region, name }).directory;
        }
      }
    }
  }

  /** Lets go of the groups that were not asked for the longest. */
  #forget(): void {
    let streams = [...this.#held.values()].reduce((sum, { extents }) => sum + extents.size, 0);
    for (const [path, { extents }] of this.#held) {
      if (this.#held.size <= MAX_HELD_GROUPS && streams <= MAX_HELD_STREAMS) return;
      this.#held.delete(path);
      streams -= extents.size;
    }
  }
}

function partsOf({ account, region, name }: LogGroupName): string[] {
  return [checked(account, ACCOUNT), checked(region, REGION), ...nameToPath(name)];
}

function checked(part: string, pattern: RegExp): string {
  if (!pattern.test(part))
    throw new RangeError(`${JSON.stringify(part)} is no part of a path of log storage`);
  return part;
}

import { readFile, readdir, readlink } from 'node:fs/promises';
import type { ReceptionLoss } from './reception.ts';

/** The kernel's tables of UDP sockets (man 5 proc): a line for each, the port in the local address, drops at the end. */
const TABLES = ['/proc/self/net/udp', '/proc/self/net/udp6'];
/** Columns of a line. */
const LOCAL = 1;
const INODE = 9;
const DROPS = 12;

interface SocketLine {
  readonly port: number;
  readonly inode: string;
  readonly drops: number;
}

/** The lines of a table. Those that are not as they should be are left out. */
export function parseSocketTable(text: string): SocketLine[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const columns = line.trim().split(/\s+/);
      const port = Number.parseInt(columns[LOCAL]?.split(':')[1] ?? '', 16);
      const inode = columns[INODE];
      const drops = Number(columns[DROPS]);
      return Number.isNaN(port) || inode === undefined || !Number.isInteger(drops)
        ? []
        : [{ port, inode, drops }];
    });
}

/**
 * What the kernel dropped at our sockets because their buffers were full (S5.3). Where /proc is not there nothing is
 * known, and gaps in sequence numbers tell.
 */
export class SocketDrops {
  #port = 0;
  /** Drops of each of our sockets when looked at last, by inode. */
  #told = new Map<string, number>();
  #sampledAt = Date.now() / 1000;
  #losses: [from: number, to: number, count: number][] = [];

  /** Finds the sockets of this process that are bound to the port; sockets that were known go on. */
  async begin(port: number): Promise<void> {
    this.#port = port;
    const own = await ownSockets();
    const told = new Map<string, number>();
    for (const line of await socketLines(port))
      if (own.has(line.inode)) told.set(line.inode, this.#told.get(line.inode) ?? 0);
    this.#told = told;
  }

  async sample(): Promise<void> {
    const lines = this.#told.size === 0 ? [] : await socketLines(this.#port);
    const to = Date.now() / 1000;
    let dropped = 0;
    for (const line of lines) {
      const before = this.#told.get(line.inode);
      if (before === undefined) continue;
      dropped += (line.drops - before) >>> 0;
      this.#told.set(line.inode, line.drops);
    }
    if (dropped > 0) this.#losses.push([this.#sampledAt, to, dropped]);
    this.#sampledAt = to;
  }

  take(report: ReceptionLoss): void {
    for (const [from, to, count] of this.#losses.splice(0)) report(from, to, count, 'kernel_drop');
  }
}

async function socketLines(port: number): Promise<SocketLine[]> {
  const tables = await Promise.all(TABLES.map((path) => readFile(path, 'utf8').catch(() => '')));
  return tables.flatMap(parseSocketTable).filter((line) => line.port === port);
}

/** Inodes of all sockets of this process. */
async function ownSockets(): Promise<ReadonlySet<string>> {
  const names = await readdir('/proc/self/fd').catch(() => []);
  const links = await Promise.all(names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')));
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
}

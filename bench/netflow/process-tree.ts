/** CPU time and memory of a process with all its threads and children, from /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/** Of a clock tick (USER_HZ), which Linux shows times in. */
const TICK_SECONDS = 0.01;
const CPU_EVERY = 100;
const MEMORY_EVERY = 400;

interface Stat {
  readonly parent: number;
  readonly seconds: number;
}

/** Watches a process and what it starts until `stop`. */
export class ProcessTree {
  readonly #root: number;
  readonly #seconds = new Map<number, number>();
  readonly #timers: NodeJS.Timeout[];
  #peak = 0;

  constructor(root: number) {
    this.#root = root;
    this.#timers = [
      setInterval(() => this.#lookAtTimes(), CPU_EVERY),
      setInterval(() => this.#lookAtMemory(), MEMORY_EVERY),
    ];
  }

  /** CPU seconds so far of all of them, those that have ended included (short of their last 0.1 s). */
  get cpuSeconds(): number {
    this.#lookAtTimes();
    return [...this.#seconds.values()].reduce((sum, it) => sum + it, 0);
  }

  /** The highest sum of resident memory, pages that are shared divided among those that share them, in MB (10^6). */
  get peakMb(): number {
    return this.#peak / 1e6;
  }

  /** The processes that are alive: the first, and what it started. */
  pids(): number[] {
    return [...this.#alive().keys()];
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  #alive(): Map<number, Stat> {
    const stats = new Map<number, Stat>();
    for (const name of readdirSync('/proc')) {
      const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
      if (stat !== undefined) stats.set(Number(name), stat);
    }
    const tree = new Map<number, Stat>();
    // A parent's number is mostly lower than its child's; until nothing is found any more, to be sure.
    for (let size = -1; size !== tree.size;) {
      size = tree.size;
      for (const [pid, stat] of stats)
        if (pid === this.#root || tree.has(stat.parent) || this.#seconds.has(pid)) tree.set(pid, stat);
    }
    return tree;
  }

  #lookAtTimes(): void {
    for (const [pid, { seconds }] of this.#alive()) this.#seconds.set(pid, seconds);
  }

  #lookAtMemory(): void {
    const sum = this.pids().reduce((bytes, pid) => bytes + residentOf(pid), 0);
    this.#peak = Math.max(this.#peak, sum);
  }
}

function statOf(pid: number): Stat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const cells = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(cells[1]), seconds: (Number(cells[11]) + Number(cells[12])) * TICK_SECONDS };
  } catch {
    return undefined;
  }
}

function residentOf(pid: number): number {
  try {
    return (
      1024 * Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1] ?? 0)
    );
  } catch {
    return 0;
  }
}

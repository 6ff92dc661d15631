/**
 * The ledger (S6.2): what objects are, before they are put; what was delivered of the spool; targets and producers.
 * A file of SQLite of its own, flushed at every transaction. Everything here is synchronous and throws what SQLite
 * throws; a transaction that throws leaves nothing.
 */
import type { GivenUp } from './deliverer.ts';
import { LedgerFile } from './ledger-file.ts';
import { ObjectTable } from './ledger-objects.ts';
import { ProducerTable } from './ledger-producers.ts';
import type { DeliveryTarget } from './target.ts';

export class Ledger {
  readonly objects: ObjectTable;
  readonly producers: ProducerTable;
  readonly #file: LedgerFile;

  /** @throws {UserError} when the file is of a newer version */
  constructor(path: string) {
    this.#file = new LedgerFile(path);
    this.objects = new ObjectTable(this.#file);
    this.producers = new ProducerTable(this.#file);
  }

  transaction<T>(work: () => T): T {
    return this.#file.transaction(work);
  }

  meta(name: string): string | undefined {
    return (this.#file.get('SELECT value FROM meta WHERE name = ?', name) as { value: string } | undefined)
      ?.value;
  }

  setMeta(name: string, value: string): void {
    this.#file.run(
      'INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
      name,
      value,
    );
  }

  targets(): DeliveryTarget[] {
    const rows = this.#file.all('SELECT target FROM targets') as { target: string }[];
    return rows.map((row) => JSON.parse(row.target) as DeliveryTarget);
  }

  putTarget(target: DeliveryTarget): void {
    this.#file.run(
      'INSERT INTO targets VALUES (?, ?) ON CONFLICT DO UPDATE SET target = excluded.target',
      target.flowLog,
      JSON.stringify(target),
    );
  }

  deleteTarget(flowLog: string): void {
    this.#file.run('DELETE FROM targets WHERE flow_log = ?', flowLog);
  }

  addFreed(segment: number, chunk: number, flowLog: string): void {
    this.#file.run('INSERT OR IGNORE INTO freed VALUES (?, ?, ?)', segment, chunk, flowLog);
  }

  freedOf(segment: number): Set<string> {
    const rows = this.#file.all('SELECT chunk, flow_log FROM freed WHERE segment = ?', segment) as {
      chunk: number;
      flow_log: string;
    }[];
    return new Set(rows.map((row) => `${row.chunk}/${row.flow_log}`));
  }

  deleteFreed(segment: number): void {
    this.#file.run('DELETE FROM freed WHERE segment = ?', segment);
  }

  freedSegments(): number[] {
    const rows = this.#file.all('SELECT DISTINCT segment FROM freed') as { segment: number }[];
    return rows.map((row) => row.segment);
  }

  givenUp(): GivenUp[] {
    interface Raw {
      flow_logs: string;
      interfaces: string;
      begins: number;
      ends: number;
    }
    const rows = this.#file.all('SELECT * FROM given_up ORDER BY id') as Raw[];
    return rows.flatMap((row) => {
      const interfaces = JSON.parse(row.interfaces) as string[];
      const { begins: from, ends: to } = row;
      return (JSON.parse(row.flow_logs) as string[]).map((flowLog) => ({ flowLog, interfaces, from, to }));
    });
  }

  /** Puts a list in place of the one that is there. Entries that share a list of interfaces share a row. */
  setGivenUp(entries: readonly GivenUp[]): void {
    this.#file.run('DELETE FROM given_up');
    const rows = new Map<readonly string[], Map<string, GivenUp & { readonly flowLogs: string[] }>>();
    for (const entry of entries) {
      const times =
        rows.get(entry.interfaces) ?? new Map<string, GivenUp & { readonly flowLogs: string[] }>();
      rows.set(entry.interfaces, times);
      const same = times.get(`${entry.from}/${entry.to}`);
      if (same === undefined) times.set(`${entry.from}/${entry.to}`, { ...entry, flowLogs: [entry.flowLog] });
      else same.flowLogs.push(entry.flowLog);
    }
    for (const [interfaces, times] of rows) {
      const names = JSON.stringify(interfaces);
      for (const { flowLogs, from, to } of times.values()) {
        this.#file.run(
          'INSERT INTO given_up (flow_logs, interfaces, begins, ends) VALUES (?, ?, ?, ?)',
          JSON.stringify(flowLogs),
          names,
          from,
          to,
        );
      }
    }
  }

  /** With its objects. */
  deleteProducer(producer: string): void {
    this.objects.forgetAll(producer);
    this.producers.delete(producer);
  }

  close(): void {
    this.#file.close();
  }
}

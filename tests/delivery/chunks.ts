/** Targets and chunks of made-up rows. */
import type { Chunk } from '../../src/delivery/chunk.ts';
import type { DeliveryTarget } from '../../src/delivery/target.ts';
import { deflatePiece } from '../../src/records/gzip.ts';
import { LineColumns } from '../../src/records/parquet/line-columns.ts';

export const ACCOUNT = '123456789012';
export const HEADER = 'version start end\n';
/** A slot, and where it begins: 2026-01-01T00:00:00Z. */
export const T0 = 1_767_225_600;
export const SLOT0 = T0 / 300;

export function objectTarget(flowLog: string, bucket = 'logs', interval: 60 | 600 = 60): DeliveryTarget {
  const to = { type: 's3', bucket, folder: '', header: HEADER } as const;
  return { flowLog, account: ACCOUNT, region: 'eu-central-1', interval, to };
}

export const COLUMNS = [
  { id: 'version', type: 'INT_32' },
  { id: 'interface-id', type: 'STRING' },
  { id: 'bytes', type: 'INT_64' },
] as const;

export function parquetTarget(
  flowLog: string,
  folders: { readonly hive: boolean; readonly perHour: boolean } = { hive: false, perHour: false },
): DeliveryTarget {
  const target = objectTarget(flowLog);
  const header = `${COLUMNS.map(({ id }) => id).join(' ')}\n`;
  const layout = { format: 'parquet', ...folders, columns: COLUMNS } as const;
  return { ...target, to: { ...target.to, header, layout } as DeliveryTarget['to'] };
}

export function groupTarget(flowLog: string, group = 'group'): DeliveryTarget {
  const to = { type: 'cloud-watch-logs', region: 'eu-central-1', account: ACCOUNT, group } as const;
  return { flowLog, account: ACCOUNT, region: 'eu-central-1', interval: 60, to };
}

export function streamTarget(flowLog: string, stream = 'stream'): DeliveryTarget {
  const to = { type: 'kinesis-data-firehose', region: 'eu-central-1', account: ACCOUNT, stream } as const;
  return { flowLog, account: ACCOUNT, region: 'eu-central-1', interval: 60, to };
}

/** Rows of text: each line is a row of one packet and ten bytes. */
export function textChunk(
  flowLogs: readonly string[],
  slot: number,
  lines: readonly string[],
  pieces = 1,
): Chunk {
  const each = Math.ceil(lines.length / pieces);
  const texts = Array.from({ length: pieces }, (_, i) => lines.slice(i * each, (i + 1) * each));
  const body = {
    form: 'deflated-text',
    pieces: texts.map((some) => deflatePiece(Buffer.from(some.map((line) => `${line}\n`).join('')))),
  } as const;
  return { ...common(flowLogs, slot, lines.length), body };
}

/** Rows of COLUMNS, in row groups as they are given: `2 eni-1 10`. */
export function parquetChunk(
  flowLogs: readonly string[],
  slot: number,
  groups: readonly (readonly string[])[],
): Chunk {
  const made = groups.flatMap((lines) => {
    const columns = new LineColumns(COLUMNS);
    columns.append(Buffer.from(lines.map((line) => `${line}\n`).join('')));
    return columns.take();
  });
  return { ...common(flowLogs, slot, groups.flat().length), body: { form: 'parquet', groups: made } };
}

export function eventsChunk(
  flowLogs: readonly string[],
  slot: number,
  streams: Record<string, readonly string[]>,
): Chunk {
  const lines = Object.values(streams).flat();
  let line = 0;
  const runs = Object.entries(streams).map(([name, own]) => ({ name, from: line, to: (line += own.length) }));
  const text = Buffer.from(lines.map((some) => `${some}\n`).join(''));
  const starts = Uint32Array.from(lines, (_, i) => slot * 300 + i);
  return { ...common(flowLogs, slot, lines.length), body: { form: 'events', text, starts, streams: runs } };
}

function common(flowLogs: readonly string[], slot: number, rows: number): Omit<Chunk, 'body'> {
  const times = { from: slot * 300, to: slot * 300 + 60 };
  return {
    flowLogs,
    slot,
    rows,
    statusRows: 0,
    packets: rows,
    bytes: rows * 10,
    interfaces: ['eni-1'],
    ...times,
  };
}

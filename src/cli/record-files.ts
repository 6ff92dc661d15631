/** IPFIX files among the files that `weir record` is given. */
import { closeSync, constants as files, fstatSync, openSync, readSync } from 'node:fs';
import { constants as zlib, gunzipSync } from 'node:zlib';
import { UsageError } from '../base/errors.ts';
import type { FlowSource } from '../sources/flow-source.ts';

/** What is read to tell what a file is. */
const HEAD_BYTES = 4096;
const IPFIX_VERSION = 10;

/** Files by what they are, each in the order given. */
export interface SortedPaths {
  readonly captures: readonly string[];
  readonly flows: readonly string[];
}

/** Told by their first bytes. Decoders of flows are loaded only for what looks like one. */
export async function sortPaths(paths: readonly string[]): Promise<SortedPaths> {
  const flows = new Set<string>();
  for (const path of paths) {
    if (path === '-' || !beginsLikeFlows(path)) continue;
    const { isFlowFile } = await import('../sources/exports/flow-file.ts');
    if (await isFlowFile(path)) flows.add(path);
  }
  return {
    captures: paths.filter((path) => !flows.has(path)),
    flows: paths.filter((path) => flows.has(path)),
  };
}

/** Opens IPFIX files. What is open is closed when one of them cannot be. */
export async function openFlowFiles(
  paths: readonly string[],
  samplingRate: number | undefined,
): Promise<FlowSource[]> {
  if (paths.length === 0) {
    if (samplingRate === undefined) return [];
    throw new UsageError('--sampling-rate is for exporters and IPFIX files: captures hold every packet');
  }
  const { openFlowFile } = await import('../sources/exports/flow-file.ts');
  const open: FlowSource[] = [];
  try {
    for (const path of paths) {
      open.push(await openFlowFile(path, samplingRate === undefined ? {} : { samplingRate }));
    }
    return open;
  } catch (error) {
    await Promise.all(open.map((source) => source.close()));
    throw error;
  }
}

/** Whether a file begins with IPFIX's version number. False for what cannot be read: whoever opens it says why. */
function beginsLikeFlows(path: string): boolean {
  let fd: number;
  try {
    fd = openSync(path, files.O_RDONLY | files.O_NONBLOCK);
  } catch {
    return false;
  }
  try {
    // What is read from a FIFO is gone.
    if (!fstatSync(fd).isFile()) return false;
    const head = Buffer.alloc(HEAD_BYTES);
    const bytes = plain(head.subarray(0, readSync(fd, head, 0, HEAD_BYTES, 0)));
    return bytes.length >= 2 && bytes.readUInt16BE(0) === IPFIX_VERSION;
  } catch {
    return false;
  } finally {
    closeSync(fd);
  }
}

/** The beginning of what may be gzip. */
function plain(head: Buffer): Buffer {
  const gzip = head[0] === 0x1f && head[1] === 0x8b;
  return gzip ? gunzipSync(head, { finishFlush: zlib.Z_SYNC_FLUSH }) : head;
}

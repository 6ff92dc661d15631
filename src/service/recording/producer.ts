/** What the objects of a replay are named by: a digest of everything that decides their records (S6.2). */
import { createHash, hash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Network } from '../../network/model.ts';
import type { ServiceRanges } from '../../network/service-ranges.ts';
import { cannotOpen } from '../../sources/open-errors.ts';
import { PACKAGE_VERSION } from '../version.ts';
import type { SeenVpcs } from './lineage.ts';

const READ_BYTES = 1 << 20;

/** What decides the records of a replay besides its captures' bytes. */
export interface ReplayInputs {
  readonly captures: readonly {
    readonly path: string;
    readonly name: string;
    readonly vpcs: SeenVpcs;
    readonly acceptPrefix?: string | undefined;
    readonly rejectPrefix?: string | undefined;
    readonly tunnels?: readonly string[] | undefined;
  }[];
  readonly network: Network;
  readonly services: ServiceRanges | undefined;
  readonly verdictOnly: readonly number[] | undefined;
  readonly graceSeconds: number;
  /** Where a table is full is where a window is written early. */
  readonly maxFlows: number;
}

/** How the captures lay on disk when they were digested: undefined for what is no plain file. */
export type CaptureState = readonly (string | undefined)[];

/**
 * `replay-` and 32 hex digits. A capture that can be read only once (standard input, a FIFO) stands there by `once`, a
 * text that is never used again.
 *
 * @throws {UserError} for a capture that cannot be read.
 */
export async function replayProducer(
  inputs: ReplayInputs,
  once: () => string,
): Promise<{ readonly producer: string; readonly state: CaptureState }> {
  const contents: string[] = [];
  const state: (string | undefined)[] = [];
  for (const { path } of inputs.captures) {
    const before = path === '-' ? undefined : await fileState(path);
    state.push(before);
    contents.push(before === undefined ? once() : await contentDigest(path));
  }
  const { network, services, verdictOnly, graceSeconds, maxFlows } = inputs;
  // Names decide nothing but what is bound to them.
  const { interfaces, transitGatewayAttachments, natGateways } = network;
  const bound = [interfaces, transitGatewayAttachments, natGateways].some((held) =>
    [...held.values()].some((it) => it.bindings.length > 0),
  );
  const options = inputs.captures.map(({ name, vpcs, acceptPrefix, rejectPrefix, tunnels }) => [
    bound ? name : null,
    vpcs ?? null,
    acceptPrefix ?? null,
    rejectPrefix ?? null,
    ...(tunnels === undefined ? [] : [tunnels.toSorted()]),
  ]);
  const text = JSON.stringify([
    PACKAGE_VERSION,
    contents,
    options,
    verdictOnly ?? null,
    graceSeconds,
    maxFlows,
    networkDigest(network),
    ...(services === undefined ? [] : [services.digest]),
  ]);
  return { producer: `replay-${hash('sha256', text, 'hex').slice(0, 32)}`, state };
}

/** Captures (by index) that are other files now than when they were digested. */
export async function changedSince(
  captures: readonly { readonly path: string }[],
  state: CaptureState,
): Promise<number[]> {
  const changed: number[] = [];
  for (const [index, { path }] of captures.entries()) {
    const before = state[index];
    if (before === undefined) continue;
    const now = await fileState(path).catch(() => undefined);
    if (now !== before) changed.push(index);
  }
  return changed;
}

const digests = new WeakMap<Network, string>();

/** Of everything that a network says, in its order, which numbers interfaces. */
export function networkDigest(network: Network): string {
  let digest = digests.get(network);
  if (digest === undefined) {
    const sum = createHash('sha256');
    for (const [kind, resources] of Object.entries(network) as [string, ReadonlyMap<string, unknown>][]) {
      sum.update(`${kind}\n`);
      for (const resource of resources.values()) sum.update(`${JSON.stringify(resource)}\n`);
    }
    digest = sum.digest('hex');
    digests.set(network, digest);
  }
  return digest;
}

async function fileState(path: string): Promise<string | undefined> {
  let stats: Stats;
  try {
    stats = await stat(path);
  } catch (error) {
    throw cannotOpen(path, error);
  }
  return stats.isFile() ? `${stats.dev} ${stats.ino} ${stats.size} ${stats.mtimeMs}` : undefined;
}

async function contentDigest(path: string): Promise<string> {
  const sum = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES })) {
      sum.update(chunk as Uint8Array);
    }
  } catch (error) {
    throw cannotOpen(path, error);
  }
  return sum.digest('hex');
}

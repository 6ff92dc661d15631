/** What is other in a configuration that was read again (SIGHUP). */
import { isDeepStrictEqual } from 'node:util';
import type { ServiceConfig, SourceConfig } from './config.ts';

/** Keys that a running service takes up when they change. */
export const RELOADED_KEYS = ['network', 'ipRanges', 'watch', 'flowLogsPerResource', 'sources'] as const;
export type ReloadedKey = (typeof RELOADED_KEYS)[number];

export interface ConfigChange {
  /** Keys that are other and take effect now, in the order of RELOADED_KEYS. The file behind an unchanged `network`
   * or `ipRanges` may have changed too: that is for its reader to see. */
  readonly applied: readonly ReloadedKey[];
  /** Keys that are other and wait for a restart, sorted. */
  readonly restartNeeded: readonly Exclude<keyof ServiceConfig, ReloadedKey>[];
  readonly sources: {
    readonly added: readonly SourceConfig[];
    readonly removed: readonly SourceConfig[];
    /** Of the same name, with the new settings. */
    readonly changed: readonly SourceConfig[];
  };
}

/** Compares two configurations. Sources are the same when their names are. */
export function compareConfigs(before: ServiceConfig, after: ServiceConfig): ConfigChange {
  const other = (Object.keys(after) as (keyof ServiceConfig)[]).filter(
    (key) => !isDeepStrictEqual(before[key], after[key]),
  );
  const old = new Map(before.sources.map((source) => [source.name, source]));
  const names = new Set(after.sources.map((source) => source.name));
  return {
    applied: RELOADED_KEYS.filter((key) => other.includes(key)),
    restartNeeded: other.filter((key) => !isReloaded(key)).toSorted(),
    sources: {
      added: after.sources.filter((source) => !old.has(source.name)),
      removed: before.sources.filter((source) => !names.has(source.name)),
      changed: after.sources.filter(
        (source) => old.has(source.name) && !isDeepStrictEqual(old.get(source.name), source),
      ),
    },
  };
}

function isReloaded(key: keyof ServiceConfig): key is ReloadedKey {
  return (RELOADED_KEYS as readonly string[]).includes(key);
}

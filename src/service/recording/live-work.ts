/** What the thread of a live recording is given to do, from the sources of the configuration. */
import { join } from 'node:path';
import type { ExporterSourceConfig } from '../serve/config.ts';
import { planScopes, type SeenVpcs } from './lineage.ts';
import type { LiveConfig, LiveOptions } from './live.ts';
import type { ExporterSetup, LiveSetup, LiveSourceSetup } from './setup.ts';

/** `scopes`: the VPCs of each scope that the sources, and the exporters among them, see. */
export function liveWork(
  configs: readonly LiveConfig[],
  options: Pick<LiveOptions, 'graceSeconds' | 'maxFlows' | 'templateDirectory'>,
): { readonly scopes: readonly SeenVpcs[]; readonly work: Omit<LiveSetup, 'port' | 'snapshot'> } {
  const { maxFlows, templateDirectory } = options;
  // One list: a source, then the entries of its allow-list.
  const seen = configs.flatMap((config) => [
    { vpcs: config.vpcs },
    ...(isExporter(config) ? config.exporters.map(({ vpcs }) => ({ vpcs: vpcs ?? config.vpcs })) : []),
  ]);
  const plan = planScopes(seen);
  const sources: LiveSourceSetup[] = [];
  const exporters: ExporterSetup[] = [];
  let graceSeconds = options.graceSeconds;
  let at = 0;
  for (const config of configs) {
    const scope = plan.of[at++]!;
    if (!isExporter(config)) {
      sources.push({ config, scope });
      continue;
    }
    const exporterScopes = plan.of.slice(at, at + config.exporters.length);
    at += config.exporters.length;
    // Names of sources hold nothing that a path could be made of.
    const state =
      templateDirectory === undefined ? undefined : join(templateDirectory, `${config.name}.json`);
    exporters.push({ config, scope, exporterScopes, state });
    graceSeconds = Math.max(graceSeconds, config.grace);
  }
  return { scopes: plan.scopes, work: { mode: 'live', sources, exporters, graceSeconds, maxFlows } };
}

export function isExporter(config: LiveConfig): config is ExporterSourceConfig {
  return 'exporters' in config;
}

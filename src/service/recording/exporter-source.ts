/** Sources of weir.yaml that listen for exported flows, as they are opened on a recording thread. */
import { parseAddress } from '../../base/addresses.ts';
import { PrefixTable } from '../../base/prefixes.ts';
import type { ListenOptions } from '../../sources/exports/options.ts';
import type { ExporterPlace } from './exporter-points.ts';
import { PersistentFlowSource } from './persistent-flow-source.ts';
import type { ExporterSetup } from './setup.ts';

/** One that has not started yet. Its decoders are loaded when it does. */
export function exporterSource(
  setup: ExporterSetup,
  onNotice: (message: string) => void,
): PersistentFlowSource {
  const options = listenOptionsOf(setup, onNotice);
  return new PersistentFlowSource({
    name: setup.config.name,
    open: async () => (await import('../../sources/exports/listen.ts')).listenForFlows(options),
    onNotice,
  });
}

/** What an exporter sees: the VPCs of its entry in the allow-list, else those of the source (S2.1). */
export function placesOf({
  config,
  scope,
  exporterScopes,
}: ExporterSetup): (exporter: string) => ExporterPlace {
  const prefixes = new PrefixTable(config.exporters.map(({ prefix }) => prefix));
  return (exporter) => {
    const address = parseAddress(exporter);
    const entry = address === undefined ? -1 : prefixes.find(address);
    return { scope: exporterScopes[entry] ?? scope, graceSeconds: config.grace };
  };
}

function listenOptionsOf(
  { config, state }: ExporterSetup,
  onNotice: (message: string) => void,
): ListenOptions {
  const { type, name, listen, transport, receiver, receivers, receiveBuffer } = config;
  return {
    name,
    protocol: type,
    listen,
    transport,
    receiver,
    ...(receivers === undefined ? {} : { receivers }),
    ...(receiveBuffer === undefined ? {} : { receiveBuffer }),
    exporters: config.exporters.map(({ prefix, samplingRate, clock, maxDatagramsPerSecond }) => ({
      prefix,
      ...(samplingRate === undefined ? {} : { samplingRate }),
      ...(clock === undefined ? {} : { clock }),
      ...(maxDatagramsPerSecond === undefined ? {} : { maxDatagramsPerSecond }),
    })),
    ...(config.tunnels === undefined ? {} : { tunnels: new Set(config.tunnels) }),
    ...(state === undefined ? {} : { state }),
    onNotice,
  };
}

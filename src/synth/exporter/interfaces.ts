/** Ports of a made-up router, and which exporter sees what. */

/** Each host is behind one of so many ports: ifIndex 1 and up. */
const PORTS = 8;

/** The ifIndex of the port that a host is behind. */
export function portOf(host: number): number {
  return 1 + (host % PORTS);
}

/** Which of so many exporters two hosts talk through: the same for both directions. */
export function exporterOf(source: number, destination: number, exporters: number): number {
  return exporters === 1 ? 0 : (source + destination) % exporters;
}

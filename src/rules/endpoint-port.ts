import type { Line } from './line.ts';

const TCP = 6;
/** What makes traffic of an endpoint encrypted by the application: decided by the port only (record format 1.1). */
const SECURE_PORT = 443;

/** True for TCP that goes to or comes from port 443 of an endpoint, which is at the line's destination or source. */
export function isWebSecure(line: Line, endpointIsDestination: boolean): boolean {
  if (line.protocol !== TCP) return false;
  return (endpointIsDestination ? line.destinationPort : line.sourcePort) === SECURE_PORT;
}

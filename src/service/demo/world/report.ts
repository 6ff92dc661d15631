/** What the world's process and the demo have agreed on: files in the folder, and the line at the end. */

/** What came into the router, and what its firewall logged, in the folder. */
export const WIRE_FILE = 'wire.pcap';
export const FIREWALL_FILE = 'firewall.pcap';

/** What the programs say of what they did. */
export interface WorldReport {
  readonly visitor: { readonly pages: number; readonly bytes: number };
  readonly scanner: { readonly tried: number; readonly open: number };
  readonly caller: { readonly tried: number; readonly open: number };
  /** How long the programs ran. */
  readonly seconds: number;
}

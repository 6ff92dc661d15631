/** Imports of values and texts, as the tests of this folder ask for them. */
import type { Network } from '../../src/network/model.ts';
import { importNetwork, type ImportOptions } from '../../src/import/import.ts';
import { Report, type ReportData } from '../../src/import/report.ts';
import { formatIPv4, formatIPv6 } from '../../src/base/addresses.ts';
import { formatPrefix } from '../../src/base/prefixes.ts';
import type { NetworkInterface } from '../../src/network/interface.ts';

export interface Imported {
  readonly yaml: string;
  readonly network: Network;
  readonly report: ReportData;
}

/** Imports texts by name, or values that become JSON. */
export function imported(
  files: Readonly<Record<string, unknown>>,
  options: Partial<ImportOptions> = {},
): Imported {
  const report = new Report();
  const inputs = Object.entries(files).map(([name, value]) => ({
    name,
    text: typeof value === 'string' ? value : JSON.stringify(value, null, 2),
  }));
  const result = importNetwork(
    inputs,
    {
      account: undefined,
      region: undefined,
      discover: false,
      host: { name: 'box', links: undefined },
      ...options,
    },
    report,
  );
  return { ...result, report: report.data() };
}

/** An interface with its addresses as texts. */
export function shown(it: NetworkInterface | undefined): Record<string, unknown> | undefined {
  if (it === undefined) return undefined;
  const { id, accountId, subnetId, kind, primary4, secondary4, ipv6, mac, instanceId, tags } = it;
  return {
    id,
    accountId,
    subnetId,
    kind,
    primary: primary4 === undefined ? undefined : formatIPv4(primary4),
    secondary: secondary4.map(formatIPv4),
    ipv6: ipv6.map((words) => formatIPv6(...words)),
    mac: mac === undefined ? undefined : `${mac.high.toString(16)} ${mac.low.toString(16)}`,
    instanceId,
    tags: { ...tags },
  };
}

export function cidrs(
  it: { readonly cidrs: readonly Parameters<typeof formatPrefix>[0][] } | undefined,
): string[] {
  return (it?.cidrs ?? []).map(formatPrefix);
}

/** The reasons of what was left out, by what it was. */
export function reasons(report: ReportData): Record<string, string> {
  return Object.fromEntries(report.leftOut.map(({ what, reason }) => [what, reason]));
}

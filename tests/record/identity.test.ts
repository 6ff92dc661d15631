/** The accounting identity (S1.2) as `--summary json` tells it, for every example and option that changes it. */
import { describe, expect, test } from 'vitest';
import { examples, referenceOf } from '../reference/examples.ts';
import { record, weir } from './run.ts';

describe.each(examples().map((example) => [example.name, example] as const))('%s', (_name, example) => {
  test('with its network: the sums of the reference', () => {
    const { summary, lines } = record([example.capture, '--network', example.network, '--interval', '60']);
    const { flows } = referenceOf(example);
    expect(summary.identity).toBe(true);
    expect(summary.in).toEqual(flows.total);
    const { refused, verdict_only, ...others } = summary.outcomes;
    expect(others).toEqual(flows.outcomes);
    expect([refused, verdict_only]).toEqual(Array.from({ length: 2 }, () => ({ packets: 0, bytes: 0 })));
    expect(summary.records).toBe(lines.length);
    expect(summary.faults).toEqual([]);
  });

  test('with addresses that it has not: all unattributed, with a hint', () => {
    const { summary, lines } = record([example.capture, '--cidr', '240.0.0.0/8']);
    expect(lines).toEqual([]);
    const { unattributed, not_ip } = summary.outcomes;
    expect(unattributed.packets + not_ip.packets).toBe(summary.in.packets);
    const { stderr } = weir(['record', example.capture, '--cidr', '240.0.0.0/8']);
    expect(stderr).toMatch(/packets belong to no interface; .* as in: --cidr [0-9a-f.:]+\/\d+\n/);
  });
});

test('a firewall log: what is accepted and what is rejected are together what there is', () => {
  const scan = examples().find(({ name }) => name === 'scan')!;
  const linesOf = (type: string): readonly string[] =>
    record([scan.capture, '--network', scan.network, '--interval', '60', '--traffic-type', type]).lines;
  const [accepted, rejected, all] = ['ACCEPT', 'REJECT', 'ALL'].map(linesOf);
  expect(accepted!.every((line) => line.endsWith(' ACCEPT OK'))).toBe(true);
  expect(rejected!.every((line) => line.endsWith(' REJECT OK'))).toBe(true);
  expect(Math.min(accepted!.length, rejected!.length)).toBeGreaterThan(0);
  const status = all!.filter((line) => line.endsWith('NODATA'));
  expect([...accepted!, ...rejected!, ...status].sort()).toEqual([...all!].sort());
});

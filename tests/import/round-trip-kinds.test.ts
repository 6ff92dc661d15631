/** Whatever network Weir serves, its own answers imported and served again are the same answers: over all kinds. */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ACCOUNT,
  networkOf,
  OTHER_ACCOUNT,
  OTHER_REGION,
  REGION,
  type ClientOptions,
} from '../api/network/harness.ts';
import { networks } from './networks.ts';
import { otherServices, servedFiles } from './served.ts';
import { imported } from './support.ts';

const CALLERS: readonly ClientOptions[] = [
  { account: ACCOUNT, region: REGION },
  { account: OTHER_ACCOUNT, region: REGION },
  { account: ACCOUNT, region: OTHER_REGION },
];

async function roundTrip(yaml: string) {
  const given = networkOf(yaml);
  const files = await servedFiles(given, CALLERS);
  const result = imported({ ...files, ...otherServices(given) }, { account: ACCOUNT, region: REGION });
  return { given, files, ...result, again: await servedFiles(result.network, CALLERS) };
}

describe('the second example of docs/network.md', async () => {
  const page = readFileSync(new URL('../../docs/network.md', import.meta.url), 'utf8');
  const example = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)][1]![1]!;
  const { given, files, again, network, report } = await roundTrip(example);

  test('every answer is the same', () => {
    expect(again).toEqual(files);
    expect(Object.keys(files).length).toBeGreaterThan(60);
  });

  test('nothing is left out, and what other services tell is there', () => {
    expect(report.leftOut).toEqual([]);
    expect(report.contradictions).toEqual([]);
    expect(report.notTaken).toEqual({});
    expect(network.loadBalancers).toEqual(given.loadBalancers);
    expect(network.autoScalingGroups).toEqual(given.autoScalingGroups);
    expect(network.ecsTasks).toEqual(given.ecsTasks);
    expect(network.securityGroups).toEqual(given.securityGroups);
    expect(network.networkAcls).toEqual(given.networkAcls);
    expect(network.routeTables).toEqual(given.routeTables);
    expect(network.vpcEndpoints).toEqual(given.vpcEndpoints);
    expect(network.prefixLists).toEqual(given.prefixLists);
    expect(network.encryptionControls).toEqual(given.encryptionControls);
    expect(network.publicAccessBlocks).toEqual(given.publicAccessBlocks);
    expect(network.publicAccessExclusions).toEqual(given.publicAccessExclusions);
    expect(network.peeringConnections).toEqual(given.peeringConnections);
  });
});

test('any network', async () => {
  let kinds = 0;
  await fc.assert(
    fc.asyncProperty(networks, async (data) => {
      const { given, files, again, network, report } = await roundTrip(JSON.stringify(data));
      expect(again).toEqual(files);
      expect(report.leftOut).toEqual([]);
      expect(report.contradictions).toEqual([]);
      expect(network.loadBalancers).toEqual(given.loadBalancers);
      expect(network.autoScalingGroups).toEqual(given.autoScalingGroups);
      expect(network.ecsTasks).toEqual(given.ecsTasks);
      kinds = Math.max(kinds, Object.keys(report.understood).length);
    }),
    { interruptAfterTimeLimit: 3000, numRuns: 1000 },
  );
  expect(kinds).toBeGreaterThan(15);
}, 20_000);

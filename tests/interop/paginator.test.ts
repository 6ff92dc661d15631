import { CreateFlowLogsCommand } from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { clientOf } from '../service/support.ts';
import { Boto3, type Walk } from './clients.ts';
import { ACCOUNT, interfaceId, openPlace, VPC } from './place.ts';
import { lack, leftOut, pathOf, pypiPython } from './programs.ts';

/** boto3's paginator over 12,000 flow logs, while another thread creates and deletes flow logs. */

const COUNT = 12_000;
/** Most ids of one call. */
const AT_ONCE = 1_000;
/** 2,400 requests of one client, and those of the other thread, on a busy machine. */
const PATIENCE_MS = 600_000;

const python = await pypiPython();

describe.skipIf(leftOut(python))(`boto3’s paginator${lack(python)}`, () => {
  let place: Awaited<ReturnType<typeof openPlace>>;
  let stable: Set<string>;
  let churner: Boto3;

  beforeAll(async () => {
    place = await openPlace(AT_ONCE);
    stable = new Set();
    const client = clientOf(place.service.url, await place.service.keys.create({ account: ACCOUNT }));
    const ResourceIds = Array.from({ length: AT_ONCE }, (_, n) => interfaceId(n));
    for (let n = 0; n < COUNT / AT_ONCE; n++) {
      const { FlowLogIds } = await client.send(
        new CreateFlowLogsCommand({
          ResourceIds,
          ResourceType: 'NetworkInterface',
          TrafficType: 'ALL',
          LogDestinationType: 's3',
          LogDestination: `arn:aws:s3:::flow-logs/${n}/`,
        }),
      );
      for (const id of FlowLogIds!) stable.add(id);
    }
  });
  afterAll(() => place?.close());

  beforeEach(async () => {
    churner = await Boto3.open(pathOf(python), place);
    await churner.ask({
      do: 'start_churn',
      input: {
        ResourceIds: [VPC],
        ResourceType: 'VPC',
        TrafficType: 'ALL',
        LogDestinationType: 's3',
        LogDestination: 'arn:aws:s3:::flow-logs',
      },
    });
  });
  afterEach(async () => {
    await churner.close();
  });

  /** Stops the other thread, which must have been at work all the time, then judges what was walked. */
  async function judge(walks: readonly (readonly string[])[]): Promise<void> {
    const { created, error } = await churner.ask<{ created: number; error: string | null }>({
      do: 'stop_churn',
    });
    expect(error).toBeNull();
    expect(created).toBeGreaterThan(5);
    expect(stable.size).toBe(COUNT);
    for (const ids of walks) {
      expect(new Set(ids).size).toBe(ids.length);
      const found = ids.filter((id) => stable.has(id));
      expect(found).toHaveLength(COUNT);
      // Of the other thread's, some may be seen, each once as well.
      expect(ids.length - found.length).toBeLessThanOrEqual(created);
    }
  }

  /** By a process of its own. */
  async function walk(request: Walk): ReturnType<Boto3['walk']> {
    const walker = await Boto3.open(pathOf(python), place);
    try {
      return await walker.walk(request);
    } finally {
      await walker.close();
    }
  }

  test(
    'in pages of 5, 100 and 1000: each exactly once',
    async () => {
      const sizes = [5, 100, 1000];
      const all = await Promise.all(sizes.map((pageSize) => walk({ pageSize })));
      all.forEach(({ token, largest, pages }, k) => {
        expect(token).toBeNull();
        expect(largest).toBe(sizes[k]);
        expect(pages).toBeGreaterThanOrEqual(COUNT / sizes[k]!);
      });
      await judge(all.map(({ ids }) => ids));
    },
    PATIENCE_MS,
  );

  test(
    'with MaxItems inside a page, and on from there in other runs with pages of other sizes',
    async () => {
      const runs = [
        { pageSize: 5, maxItems: 3, nextSize: 1000 },
        { pageSize: 100, maxItems: 4_321, nextSize: 100 },
        { pageSize: 1000, maxItems: 2_500, nextSize: 1000 },
      ];
      const all = await Promise.all(
        runs.map(async ({ pageSize, maxItems, nextSize }) => {
          const first = await walk({ pageSize, maxItems });
          expect(first.ids).toHaveLength(maxItems);
          const ids = [...first.ids];
          for (let token = first.token; token !== null;) {
            // Another process, with nothing but the token of the run before.
            const next = await walk({ pageSize: nextSize, maxItems: Math.max(maxItems, 2_500), token });
            ids.push(...next.ids);
            token = next.token;
          }
          return ids;
        }),
      );
      await judge(all);
    },
    PATIENCE_MS,
  );
});

import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SIGNING_ERRORS } from '../../src/identity/errors.ts';
import { verifySignature } from '../../src/identity/sigv4.ts';
import type { AccessKey } from '../../src/store/store.ts';
import type { ListenerLimits } from '../../src/wire/limits.ts';
import { createEchoServer, type EchoServer } from '../api/echo-server.ts';
import { runHostile } from './hostile.ts';

const COUNT = Number(process.env['HOSTILE_COUNT'] ?? 3_000);
const SEED = Number(process.env['HOSTILE_SEED'] ?? 58);

/** Short times, so that the slow senders are soon through. */
const LIMITS: Partial<ListenerLimits> = {
  headersTimeoutMs: 400,
  requestTimeoutMs: 800,
  idleTimeoutMs: 400,
  keepAliveMs: 400,
  maxConnections: 64,
};

describe('hostile requests over a real socket', () => {
  let server: EchoServer;
  beforeAll(async () => {
    server = await createEchoServer({
      limits: LIMITS,
    });
  });
  afterAll(() => server.stop());

  test('nobody gets past the verification of signatures', async () => {
    const key = { id: 'AKIDEXAMPLE', secret: 'secret', account: '123456789012', readOnly: false };
    const keys = { find: (id: string) => (id === key.id ? (key as AccessKey) : undefined) };
    const guarded = await createEchoServer({
      limits: LIMITS,
      authenticate: (request, service, now) =>
        verifySignature(request, { service, keys, now: now.getTime() }),
    });
    const client = new EC2Client({
      region: 'eu-central-1',
      endpoint: `http://127.0.0.1:${guarded.port}`,
      credentials: { accessKeyId: key.id, secretAccessKey: key.secret },
      maxAttempts: 1,
    });
    const signing = Object.values(SIGNING_ERRORS).flatMap((faults) => Object.values(faults));
    const report = await runHostile({
      host: guarded.host,
      port: guarded.port,
      count: Math.ceil(COUNT / 3),
      seed: SEED + 1,
      codes: new Set([...guarded.codes, ...signing.map(({ code }) => code)]),
      probe: async () => {
        await client.send(new DescribeRegionsCommand({}));
      },
    });
    client.destroy();
    await guarded.stop();
    expect(report.violations).toEqual([]);
    expect(guarded.faults).toEqual([]);
    expect(report.statuses.get(200)).toBeUndefined();
    expect(report.codes.get('AuthFailure')).toBeGreaterThan(0);
    expect(report.probes).toBeGreaterThan(10);
    expect(report.slowestProbeMs).toBeLessThan(2_000);
  });

  test(`${COUNT} with seed ${SEED}: refused by the catalogue or closed, nobody else kept waiting`, async () => {
    const report = await runHostile({
      host: server.host,
      port: server.port,
      count: COUNT,
      seed: SEED,
      codes: server.codes,
      probe: () => server.probe(),
    });
    expect(report.violations).toEqual([]);
    expect(server.faults).toEqual([]);
    expect(report.sent).toBe(COUNT);
    // The sample is not empty talk: it is answered, refused for many reasons, and cut off.
    expect(report.statuses.get(200)).toBeGreaterThan(COUNT / 50);
    expect(report.statuses.get(400)).toBeGreaterThan(COUNT / 5);
    expect([...report.codes.keys()]).toEqual(
      expect.arrayContaining([
        'UnknownParameter',
        'MalformedQueryString',
        'InvalidParameterValue',
        'MissingParameter',
      ]),
    );
    expect(report.statuses.get(408)).toBeGreaterThan(0);
    expect(report.statuses.get(413)).toBeGreaterThan(0);
    expect(report.statuses.get(431)).toBeGreaterThan(0);
    expect(report.probes).toBeGreaterThan(20);
    expect(report.slowestProbeMs).toBeLessThan(2_000);
    expect(server.listener.bufferedBytes).toBe(0);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

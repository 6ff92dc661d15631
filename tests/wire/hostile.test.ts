import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEchoServer, type EchoServer } from '../api/echo-server.ts';
import { runHostile } from './hostile.ts';

const COUNT = Number(process.env['HOSTILE_COUNT'] ?? 3_000);
const SEED = Number(process.env['HOSTILE_SEED'] ?? 58);

describe('hostile requests over a real socket', () => {
  let server: EchoServer;
  beforeAll(async () => {
    server = await createEchoServer({
      limits: {
        headersTimeoutMs: 400,
        requestTimeoutMs: 800,
        idleTimeoutMs: 400,
        keepAliveMs: 400,
        maxConnections: 64,
      },
    });
  });
  afterAll(() => server.stop());

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

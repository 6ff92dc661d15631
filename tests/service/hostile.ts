import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ERRORS } from '../../src/api/errors.ts';
import { SIGNING_ERRORS } from '../../src/identity/errors.ts';
import { LISTENER_CODES } from '../api/echo-server.ts';
import type { HostileRequest } from '../wire/hostile-requests.ts';
import { type HostileReport, runHostile } from '../wire/hostile.ts';
import { makeBucket } from './destinations/remote-world.ts';
import { SignedClient, textsOf } from './signed-client.ts';
import { startWeir, type WeirProcess } from './weir-process.ts';

/** Flow logs that the good client has, and describes. */
const FLOW_LOGS = 200;
const BUCKET = 'a-bucket';
/** How often memory is looked at. */
const SAMPLE_MS = 250;

export interface ServiceReport extends HostileReport {
  /** Hostile forms that went out under a good signature. */
  readonly signed: number;
  readonly seconds: number;
  /** Of the good client's requests, in milliseconds: alone before, and meanwhile. */
  readonly quietMedianMs: number;
  readonly medianMs: number;
  readonly slowestPercentMs: number;
  /** Resident memory of the service in MB: before, and at most in each half of the time. */
  readonly memoryBeforeMb: number;
  readonly memoryPeaksMb: readonly [number, number];
}

export interface Attack {
  readonly count: number;
  readonly seed: number;
  readonly concurrency: number;
}

/**
 * Sends hostile requests to a `weir serve` process while a client with its key describes its flow logs. Every second
 * hostile form is signed with the good key, since nothing behind the signature would see it otherwise.
 */
async function attack(weir: WeirProcess, { count, seed, concurrency }: Attack): Promise<ServiceReport> {
  const client = new SignedClient(weir);
  const samples: number[] = [];
  const sampling = setInterval(() => samples.push(memoryMb(weir.pid)), SAMPLE_MS);
  try {
    await makeBucket(weir, BUCKET);
    const ids = await createFlowLogs(client);
    const probe = async (): Promise<number> => {
      const started = performance.now();
      const found = textsOf(await client.ask('DescribeFlowLogs', { MaxResults: '1000' }), 'flowLogId');
      if (found.toSorted().join() !== ids) throw new RangeError(`${found.length} flow logs described`);
      return performance.now() - started;
    };
    const quiet: number[] = [];
    for (let k = 0; k < 200; k++) quiet.push(await probe());
    const memoryBeforeMb = memoryMb(weir.pid);
    samples.length = 0;
    const times: number[] = [];
    let forms = 0;
    let signed = 0;
    const started = performance.now();
    const report = await runHostile({
      host: weir.host,
      port: weir.port,
      count,
      seed,
      concurrency,
      codes: CODES,
      // Longer than a request may take to come in.
      deadlineMs: 90_000,
      disguise: async (request) => {
        const body = formOf(request);
        if (body === undefined || ++forms % 2 === 0) return request;
        signed++;
        return { ...request, kind: `signed ${request.kind}`, bytes: await sign(client, body) };
      },
      probe: async () => {
        times.push(await probe());
      },
    });
    const half = samples.length >> 1;
    const seconds = (performance.now() - started) / 1000;
    return {
      ...report,
      signed,
      seconds,
      quietMedianMs: quantile(quiet, 0.5),
      medianMs: quantile(times, 0.5),
      slowestPercentMs: quantile(times, 0.99),
      memoryBeforeMb,
      memoryPeaksMb: [Math.max(...samples.slice(0, half)), Math.max(...samples.slice(half))],
    };
  } finally {
    clearInterval(sampling);
    client.close();
  }
}

/**
 * Attacks a service of its own, and expects what holds for any number of requests: all are refused or closed, the good
 * client is served, and the service ends well.
 */
export async function withstands(plan: Attack): Promise<ServiceReport> {
  const root = mkdtempSync(join(tmpdir(), 'weir-hostile-'));
  const weir = await startWeir(join(root, 'data'));
  try {
    const report = await attack(weir, plan);
    expectWithstood(weir, plan, report);
    expect(await weir.stop()).toBe(0);
    return report;
  } finally {
    if (weir.alive()) await weir.kill();
    rmSync(root, { recursive: true, force: true });
  }
}

function expectWithstood(weir: WeirProcess, plan: Attack, report: ServiceReport): void {
  const { statuses, codes, ...figures } = report;
  const shown = { seed: plan.seed, ...figures, statuses: [...statuses], codes: [...codes] };
  process.stdout.write(`${JSON.stringify(shown)}\n`);
  expect(report.violations).toEqual([]);
  expect(report.sent).toBe(plan.count);
  expect(weir.alive()).toBe(true);
  expect(weir.log()).not.toMatch(/"level":"error"/);
  expect(statuses.get(500)).toBeUndefined();
  // Refused at every depth: as HTTP, by its signature, as a form, by what a handler checks.
  for (const status of [400, 401, 408, 413, 431])
    expect(statuses.get(status), `${status}`).toBeGreaterThan(0);
  expect([...codes.keys()]).toEqual(
    expect.arrayContaining([
      'AuthFailure',
      'MalformedQueryString',
      'UnknownParameter',
      'InvalidParameterValue',
    ]),
  );
  expect(report.signed).toBeGreaterThan(plan.count / 12);
  expect(report.probes).toBeGreaterThan(200);
}

const CODES: ReadonlySet<string> = new Set([
  ...Object.values(ERRORS).map(({ code }) => code),
  ...Object.values(SIGNING_ERRORS).flatMap((faults) => Object.values(faults).map(({ code }) => code)),
  ...LISTENER_CODES,
]);

/** The body of a whole POST of a form; undefined for any other request. */
function formOf({ kind, manner, bytes }: HostileRequest): Buffer | undefined {
  if (manner !== 'whole' || (kind !== 'form' && kind !== 'huge')) return undefined;
  const at = bytes.indexOf('\r\n\r\n');
  return bytes.subarray(0, 5).toString() === 'POST ' && at > 0 ? bytes.subarray(at + 4) : undefined;
}

async function sign(client: SignedClient, body: Buffer): Promise<Buffer> {
  const headers = Object.entries(await client.headersFor(body)).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const head = `POST / HTTP/1.1\r\n${headers.join('')}Connection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

/** The good client's flow logs; their ids, in order. */
async function createFlowLogs(client: SignedClient): Promise<string> {
  const vpc = textsOf(await client.ask('CreateVpc', { CidrBlock: '10.0.0.0/16' }), 'vpcId')[0]!;
  const ids: string[] = [];
  for (let k = 0; k < FLOW_LOGS; k++) {
    const body = await client.ask('CreateFlowLogs', {
      'ResourceId.1': vpc,
      ResourceType: 'VPC',
      TrafficType: 'ALL',
      LogDestinationType: 's3',
      LogDestination: `arn:aws:s3:::${BUCKET}/${k}/`,
    });
    const id = /fl-[0-9a-f]{17}/.exec(body)?.[0];
    if (id === undefined) throw new RangeError(`no flow log: ${body}`);
    ids.push(id);
  }
  return ids.toSorted().join();
}

/** Resident memory of a process in MB (10^6 bytes). */
function memoryMb(pid: number): number {
  const kilobytes = /VmRSS:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]!;
  return (Number(kilobytes) * 1024) / 1e6;
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!;
}

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { id } from '../../flow-logs/fakes.ts';
import { BUCKET, CREATE_REFUSALS, GATEWAY, GROUP, type Refusal, STREAM } from './create-refusals.ts';
import { type Api, createApi, createdIds } from './support.ts';

const MISSING = ['vpc', 'subnet', 'eni', 'tgw', 'tgw-attach', 'nat'].map((prefix) => id(prefix, 0xdead));

let api: Api;
beforeAll(async () => {
  api = await createApi();
  for (const it of MISSING) api.resources.missing.add(it);
  api.resources.others.add(id('nat', 0x20));
  api.destinations.unassumable.add('arn:aws:iam::123456789012:role/locked');
});
afterAll(() => api.store.close());

describe('CreateFlowLogs refuses', () => {
  test.each<Refusal>([...CREATE_REFUSALS])('%s', async (_, form, status, code, message) => {
    const answer = await api.ask('CreateFlowLogs', form);
    expect({ status: answer.status, code: answer.code, message: answer.message }).toEqual({
      status,
      code,
      message,
    });
    expect(await api.store.read((from) => from.flowLogs.all())).toEqual([]);
  });

  test('each situation once', () => {
    const titles = CREATE_REFUSALS.map(([title]) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  /** What the table breaks is sound to begin with. */
  test.each([
    ['a bucket', BUCKET],
    ['a log group', GROUP],
    ['a stream', STREAM],
    ['a transit gateway', GATEWAY],
  ])('%s that nothing is wrong with is not', async (_, form) => {
    const own = await createApi();
    const answer = await own.ask('CreateFlowLogs', form);
    expect(answer.status).toBe(200);
    expect(createdIds(answer.body)).toHaveLength(1);
    await own.store.close();
  });
});

describe('the order of checks (S8.2)', () => {
  const brokenMember = { MaxAggregationInterval: '61' };
  const brokenTogether = { DeliverCrossAccountRole: 'arn:aws:iam::123456789012:role/x' };
  const brokenExistence = { 'ResourceId.1': id('vpc', 0xdead) };
  const reader = { readOnly: true };

  test('syntax before single members', async () => {
    const form = { ...BUCKET, ...brokenMember, DryRun: 'maybe' };
    expect((await api.ask('CreateFlowLogs', form)).message).toMatch(/^Value \(maybe\)/);
  });
  test('single members before members together', async () => {
    const form = { ...BUCKET, ...brokenMember, ...brokenTogether };
    expect((await api.ask('CreateFlowLogs', form)).message).toMatch(/^Invalid Flow Log Max/);
  });
  test('members together before existence', async () => {
    const form = { ...BUCKET, ...brokenTogether, ...brokenExistence };
    expect((await api.ask('CreateFlowLogs', form)).message).toMatch(/^DeliverCrossAccountRole is not/);
  });
  test('existence before permission', async () => {
    const answer = await api.ask('CreateFlowLogs', { ...BUCKET, ...brokenExistence }, reader);
    expect(answer.code).toBe('InvalidVpcID.NotFound');
  });
  test('permission before DryRun', async () => {
    const answer = await api.ask('CreateFlowLogs', { ...BUCKET, DryRun: 'true' }, reader);
    expect(answer).toMatchObject({ status: 403, code: 'UnauthorizedOperation' });
    expect(answer.message).toMatch(/^You are not authorized to perform this operation\./);
  });
  test('DryRun before the change, and before the destination is looked at', async () => {
    const asked = api.destinations.asked.length;
    const answer = await api.ask('CreateFlowLogs', { ...BUCKET, DryRun: 'true' });
    expect(answer).toMatchObject({
      status: 412,
      code: 'DryRunOperation',
      message: 'Request would have succeeded, but DryRun flag is set.',
    });
    expect(api.destinations.asked).toHaveLength(asked);
    expect(await api.store.read((from) => from.flowLogs.all())).toEqual([]);
  });
});

/** Destinations of another program, by configuration: records arrive there, and nothing is said of them that is not so. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { eventsOf, recordsOf } from '../library/flow-logs.ts';
import {
  CAPTURE,
  create,
  described,
  EXPECTED,
  flows,
  makeBucket,
  makeStream,
  OTHER,
  OWN,
  REGION,
  StreamReader,
  TwoServices,
} from './remote-world.ts';

const ROLE = `arn:aws:iam::${OWN}:role/delivery/flow-logs`;
const CANNOT_ASSUME = (arn: string): string => `InvalidParameter: Unable to assume given IAM role: '${arn}'`;

let world: TwoServices;
beforeEach(() => (world = new TwoServices()));
afterEach(() => world.close());

function toBucket(name: string, folder = ''): Parameters<typeof create>[1] {
  return { LogDestinationType: 's3', LogDestination: `arn:aws:s3:::${name}/${folder}` };
}

function toGroup(name: string, role = ROLE): Parameters<typeof create>[1] {
  return { LogGroupName: name, DeliverLogsPermissionArn: role };
}

describe('S3', () => {
  test('of another program has the records, and the embedded one has not', async () => {
    const amazon = await world.amazon();
    const { file, service } = await world.key(amazon, OWN);
    await makeBucket(service, 'real');
    const weir = await world.weir({
      destinations: { s3: { type: 's3', endpoint: amazon.url, credentials: { file } } },
    });
    expect(await create(weir, toBucket('none'))).toBe('LogDestination: none does not exist');
    const id = await create(weir, toBucket('real', 'below/'));
    expect(await described(weir, id)).toMatchObject({ DeliverLogsStatus: 'SUCCESS' });
    await weir.replay(CAPTURE);
    expect(flows(await recordsOf(service, 'real'))).toEqual(EXPECTED);
    await expect(recordsOf(weir, 'real')).rejects.toMatchObject({ name: 'NoSuchBucket' });
    const { destinations, flowLogs } = weir.status();
    expect(destinations).toEqual({ s3: `s3 ${amazon.url}`, logs: 'filesystem', firehose: 'filesystem' });
    expect(flowLogs).toMatchObject([{ destination: 'arn:aws:s3:::real/below/', state: 'delivering' }]);
    // They are told once a second.
    await vi.waitFor(
      () => expect(weir.status().flowLogs[0]!.amounts!.delivered.rows).toBe(EXPECTED.length),
      5_000,
    );
  });

  test('that cannot be reached takes flow logs, says that they fail, and delivers when it is back', async () => {
    const first = await world.amazon();
    const { file, service } = await world.key(first, OWN);
    await makeBucket(service, 'real');
    const { port } = first.address;
    await first.close();
    const weir = await world.weir({
      destinations: { s3: { type: 's3', endpoint: service.url, credentials: { file } } },
    });
    const id = await create(weir, toBucket('real'));
    expect(await described(weir, id)).toMatchObject({
      DeliverLogsStatus: 'FAILED',
      DeliverLogsErrorMessage: 'Unknown error',
    });
    expect(weir.status().flowLogs).toMatchObject([
      { state: 'failing', reason: expect.stringMatching(/^bucket real cannot be looked at: .*ECONNREFUSED/) },
    ]);
    await weir.replay(CAPTURE);
    await vi.waitFor(
      () => expect(weir.status().flowLogs[0]!.amounts!.spooled.rows).toBe(EXPECTED.length),
      5_000,
    );

    await world.amazon('amazon', `127.0.0.1:${port}`);
    // A client's question finds it there at once; the watch would, within its time.
    expect(await create(weir, toBucket('real', 'again/'))).toMatch(/^fl-/);
    await vi.waitFor(
      async () => expect(await described(weir, id)).toMatchObject({ DeliverLogsStatus: 'SUCCESS' }),
      10_000,
    );
    await weir.flush();
    expect(flows(await recordsOf(service, 'real'))).toEqual(EXPECTED);
  });

  test('with a key that is wrong: its flow log fails, another destination’s does not', async () => {
    const amazon = await world.amazon();
    const { service } = await world.key(amazon, OWN);
    await makeBucket(service, 'real');
    const { file: stale } = await world.key(amazon, OWN, true);
    const weir = await world.weir({
      destinations: { s3: { type: 's3', endpoint: amazon.url, credentials: { file: stale } } },
    });
    const id = await create(weir, toBucket('real'));
    expect(await create(weir, toGroup('embedded'))).toMatch(/^fl-/);
    await weir.replay(CAPTURE);
    expect(flows(await eventsOf(weir, 'embedded'))).toEqual(EXPECTED);
    expect(await described(weir, id)).toMatchObject({
      DeliverLogsStatus: 'FAILED',
      DeliverLogsErrorMessage: 'Access error',
    });
  });
});

describe('CloudWatch Logs', () => {
  test('of another program has the events, in the account of the role’s key', async () => {
    const amazon = await world.amazon();
    const own = await world.key(amazon, OWN);
    const other = await world.key(amazon, OTHER);
    const elsewhere = `arn:aws:iam::${OWN}:role/elsewhere`;
    const weir = await world.weir({
      destinations: {
        logs: { type: 'cloudwatch-logs', endpoint: amazon.url, credentials: { file: own.file } },
      },
      roles: [
        { role: elsewhere, credentials: { file: other.file } },
        { role: `arn:aws:iam::${OWN}:role/delivery/*` },
      ],
    });
    const unmapped = `arn:aws:iam::${OWN}:role/unmapped`;
    expect(await create(weir, toGroup('refused', unmapped))).toBe(CANNOT_ASSUME(unmapped));
    const theirs = `arn:aws:iam::${OTHER}:role/delivery/flow-logs`;
    expect(await create(weir, toGroup('refused', theirs))).toBe(CANNOT_ASSUME(theirs));
    const ids = [await create(weir, toGroup('one')), await create(weir, toGroup('two', elsewhere))];
    for (const id of ids) expect(await described(weir, id)).toMatchObject({ DeliverLogsStatus: 'SUCCESS' });
    await weir.replay(CAPTURE);
    expect(flows(await eventsOf(own.service, 'one'))).toEqual(EXPECTED);
    expect(flows(await eventsOf(other.service, 'two'))).toEqual(EXPECTED);
    await expect(eventsOf(own.service, 'two')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('embedded ones take any role of the account', async () => {
    const weir = await world.weir({});
    expect(await create(weir, toGroup('one'))).toMatch(/^fl-/);
    const theirs = `arn:aws:iam::${OTHER}:role/flow-logs`;
    expect(await create(weir, toGroup('two', theirs))).toBe(CANNOT_ASSUME(theirs));
  });
});

function toStream(
  name: string,
  account = OWN,
  roles: Parameters<typeof create>[1] = {},
): Parameters<typeof create>[1] {
  return {
    LogDestinationType: 'kinesis-data-firehose',
    LogDestination: `arn:aws:firehose:${REGION}:${account}:deliverystream/${name}`,
    ...roles,
  };
}

describe('Firehose', () => {
  let reader: StreamReader;
  beforeEach(async () => (reader = await StreamReader.open()));
  afterEach(() => reader.close());

  const receiver = `arn:aws:iam::${OTHER}:role/AWSLogDeliveryFirehoseCrossAccountRole`;
  const across = { DeliverLogsPermissionArn: ROLE, DeliverCrossAccountRole: receiver };

  test('embedded, has the records of the account', async () => {
    const weir = await world.weir({});
    expect(await create(weir, toStream('flows'))).toBe('LogDestination: flows does not exist');
    await makeStream(weir, 'flows', reader);
    const id = await create(weir, toStream('flows'));
    expect(await described(weir, id)).toMatchObject({ DeliverLogsStatus: 'SUCCESS' });
    await weir.replay(CAPTURE);
    await vi.waitFor(() => expect(flows(reader.lines)).toEqual(EXPECTED), 10_000);
    expect(reader.records.every((record) => /^\{"message":"2 .*"\}\n$/.test(record))).toBe(true);
  });

  test('embedded, of another account takes records only by a role of it that is mapped', async () => {
    const open = await world.weir({});
    expect(await create(open, toStream('flows', OTHER, { DeliverLogsPermissionArn: ROLE }))).toBe(
      'MissingParameter: The request must include the DeliverCrossAccountRole parameter. Add the required parameter and retry the request.',
    );
    expect(await create(open, toStream('flows', OTHER, across))).toBe(CANNOT_ASSUME(receiver));
    const mapped = await world.weir({ roles: [{ role: `arn:aws:iam::${OTHER}:role/AWSLogDelivery*` }] });
    expect(await create(mapped, toStream('flows', OTHER, across))).toBe(
      'LogDestination: flows does not exist',
    );
  });

  test('of another program has the records, by the keys of the roles', async () => {
    const amazon = await world.amazon();
    const own = await world.key(amazon, OWN);
    const other = await world.key(amazon, OTHER);
    const theirs = await StreamReader.open();
    try {
      await makeStream(own.service, 'own', reader);
      await makeStream(other.service, 'theirs', theirs);
      const weir = await world.weir({
        destinations: {
          firehose: { type: 'firehose', endpoint: amazon.url, credentials: { file: own.file } },
        },
        roles: [{ role: ROLE }, { role: receiver, credentials: { file: other.file } }],
      });
      expect(await create(weir, toStream('none'))).toBe('LogDestination: none does not exist');
      const ids = [
        await create(weir, toStream('own')),
        await create(weir, toStream('theirs', OTHER, across)),
      ];
      for (const id of ids) expect(await described(weir, id)).toMatchObject({ DeliverLogsStatus: 'SUCCESS' });
      await weir.replay(CAPTURE);
      await vi.waitFor(() => expect(flows(reader.lines)).toEqual(EXPECTED), 10_000);
      await vi.waitFor(() => expect(flows(theirs.lines)).toEqual(EXPECTED), 10_000);
      const told = `weir_stream_records_total ${2 * reader.records.length}\n`;
      const metrics = async (): Promise<string> => (await fetch(`${weir.url}/metrics`)).text();
      await vi.waitFor(async () => expect(await metrics()).toContain(told), 5_000);
    } finally {
      await theirs.close();
    }
  });
});

import { STSClient, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { DescribeFlowLogsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { afterEach, describe, expect, test } from 'vitest';
import type { ActionTable } from '../../src/api/actions.ts';
import type { Caller } from '../../src/identity/caller.ts';
import { refusal } from '../../src/api/errors.ts';
import { type ApiAnswer, type ApiOptions, createApiHandler, MAX_FORM_BYTES } from '../../src/api/server.ts';
import { ServiceError } from '../../src/base/service-error.ts';
import type { RawRequest } from '../../src/wire/request.ts';
import { createEchoServer, type EchoServer, letIn } from './echo-server.ts';

const NOW = new Date('2026-01-02T03:04:05.678Z');
const never = new AbortController().signal;

const ACTIONS: ActionTable = {
  ec2: {
    DescribeFlowLogs: (context, input) => ({
      FlowLogs: (input.FlowLogIds ?? []).map((id) => ({ FlowLogId: id, CreationTime: context.now })),
      NextToken: `${context.account}/${context.region}/${context.keyId}`,
    }),
    DeleteFlowLogs: (context, input) => {
      if (input.FlowLogIds.includes('fl-none')) {
        throw refusal('flowLogsNotFound', { count: 1, ids: input.FlowLogIds });
      }
      context.permit(input);
      return { Unsuccessful: [] };
    },
    DeleteVpc: () => ({}), // forgets to ask
    CreateVpc: () => {
      throw new RangeError('a secret of the program');
    },
    DescribeVpcs: () => ({ Vpcs: 'no list' as unknown as [] }),
  },
  sts: { GetCallerIdentity: (context) => ({ Account: context.account }) },
};

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

function apiWith(options: Partial<ApiOptions> = {}): (request: Partial<RawRequest>) => Promise<Answer> {
  const api = createApiHandler({
    actions: ACTIONS,
    authenticate: letIn,
    now: () => NOW,
    newRequestId: () => 'req-1',
    ...options,
  });
  return async (request) => {
    const answer = await api.handle(
      { method: 'GET', target: '/', headers: [], body: new Uint8Array(0), ...request },
      never,
    );
    return {
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: answer.body as string,
    };
  };
}

/** A POSTed form; Version is added unless it is there. */
function form(text: string): Partial<RawRequest> {
  const whole = text.includes('Version=') ? text : `${text}&Version=2016-11-15`;
  return {
    method: 'POST',
    headers: [['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8']],
    body: Buffer.from(whole),
  };
}

function ec2Error(code: string, message: string): string {
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error>' +
    `<Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>req-1</RequestID></Response>`
  );
}

describe('an action', () => {
  const ask = apiWith();

  test('gets its typed input and context, and is answered as XML', async () => {
    expect(await ask(form('Action=DescribeFlowLogs&FlowLogId.1=fl-1'))).toEqual({
      status: 200,
      headers: {
        'x-amzn-requestid': 'req-1',
        'Cache-Control': 'no-cache, no-store',
        'Content-Type': 'text/xml;charset=UTF-8',
      },
      body:
        '<?xml version="1.0" encoding="UTF-8"?>\n' +
        '<DescribeFlowLogsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>req-1</requestId>' +
        '<flowLogSet><item><creationTime>2026-01-02T03:04:05.678Z</creationTime><flowLogId>fl-1</flowLogId></item>' +
        '</flowLogSet><nextToken>123456789012/eu-central-1/AKIDEXAMPLE</nextToken></DescribeFlowLogsResponse>',
    });
  });

  test('by GET, with the parameters of a presigned query left out', async () => {
    const signed =
      'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20260101%2Fx%2Fec2%2Faws4_request&X-Amz-Date=x' +
      '&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Security-Token=t&X-Amz-Signature=00';
    const { status, body } = await ask({
      target: `/?Action=DescribeFlowLogs&Version=2016-11-15&FlowLogId.1=fl-2&${signed}`,
    });
    expect(status).toBe(200);
    expect(body).toContain('<flowLogId>fl-2</flowLogId>');
  });

  test('by POST with a part of the parameters in the query', async () => {
    const { status } = await ask({ ...form('FlowLogId.1=fl-2'), target: '/?Action=DescribeFlowLogs' });
    expect(status).toBe(200);
  });

  test('STS answers in its own envelope', async () => {
    expect((await ask(form('Action=GetCallerIdentity&Version=2011-06-15'))).body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n' +
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>' +
        '<Account>123456789012</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>req-1</RequestId>' +
        '</ResponseMetadata></GetCallerIdentityResponse>',
    );
  });
});

describe('refusals of the protocol', () => {
  const ask = apiWith();

  test.each<[string, Partial<RawRequest>, number, string, string]>([
    [
      'no action',
      form('DryRun=true'),
      400,
      'MissingAction',
      'The request is missing an action or a required parameter.',
    ],
    ['nothing at all', {}, 400, 'MissingAction', 'The request is missing an action or a required parameter.'],
    [
      'an unknown action',
      form('Action=ExplodeVpcs'),
      400,
      'InvalidAction',
      'The action ExplodeVpcs is not valid for this web service.',
    ],
    [
      'an action in other case',
      form('Action=describeflowlogs'),
      400,
      'InvalidAction',
      'The action describeflowlogs is not valid for this web service.',
    ],
    [
      'an action of the prototype',
      form('Action=constructor'),
      400,
      'InvalidAction',
      'The action constructor is not valid for this web service.',
    ],
    [
      'an operation without a handler',
      form('Action=DeleteSubnet&SubnetId=x'),
      400,
      'InvalidAction',
      'The action DeleteSubnet is not valid for this web service.',
    ],
    [
      'no version',
      { target: '/?Action=DescribeFlowLogs' },
      400,
      'MissingParameter',
      'The request must contain the parameter Version',
    ],
    [
      'another version',
      form('Action=DescribeFlowLogs&Version=2010-03-31'),
      400,
      'NoSuchVersion',
      'The requested version (2010-03-31) of service AmazonEC2 does not exist',
    ],
    [
      'an unknown parameter',
      form('Action=DescribeFlowLogs&Filters.1.Name=x'),
      400,
      'UnknownParameter',
      'The parameter Filters is not recognized',
    ],
    [
      'a malformed value',
      form('Action=DescribeFlowLogs&MaxResults=1.5'),
      400,
      'InvalidParameterValue',
      'Value (1.5) for parameter MaxResults is invalid. Expecting an integer.',
    ],
    [
      'a missing member',
      form('Action=DeleteFlowLogs'),
      400,
      'MissingParameter',
      'The request must include the FlowLogIds parameter. Add the required parameter and retry the request.',
    ],
    [
      'a parameter twice',
      form('Action=DescribeFlowLogs&MaxResults=5&MaxResults=6'),
      400,
      'MalformedQueryString',
      'The query string contains a syntax error. The request has the same parameter twice.',
    ],
    [
      'a parameter in query and body',
      { ...form('Action=DescribeFlowLogs'), target: '/?Action=DescribeFlowLogs' },
      400,
      'MalformedQueryString',
      'The query string contains a syntax error. The request has the same parameter twice.',
    ],
    [
      'bad UTF-8',
      form('Action=DescribeFlowLogs&NextToken=%ff'),
      400,
      'MalformedQueryString',
      'The query string contains a syntax error. The request is not well-formed UTF-8.',
    ],
    [
      'a signing parameter in the body',
      form('Action=DescribeFlowLogs&X-Amz-Date=x'),
      400,
      'UnknownParameter',
      'The parameter X-Amz-Date is not recognized',
    ],
    [
      'a path',
      { ...form('Action=DescribeFlowLogs'), target: '/ec2' },
      404,
      'InvalidQueryParameter',
      'The request path is not valid for this web service.',
    ],
    [
      'a method',
      { ...form('Action=DescribeFlowLogs'), method: 'PUT' },
      405,
      'UnsupportedProtocol',
      'The HTTP method PUT is not supported.',
    ],
    [
      'JSON',
      { ...form('Action=DescribeFlowLogs'), headers: [['content-type', 'application/json']] },
      415,
      'UnsupportedProtocol',
      'The content type of the request is not supported.',
    ],
    [
      'text that XML must escape',
      form('Action=%3Cx%3E%00'),
      400,
      'InvalidAction',
      'The action &lt;x&gt; is not valid for this web service.',
    ],
  ])('%s', async (_, request, status, code, message) => {
    const answer = await ask(request);
    expect(answer.body).toBe(ec2Error(code, message));
    expect(answer.status).toBe(status);
    expect(answer.headers['x-amzn-requestid']).toBe('req-1');
  });

  test('STS words them in its envelope', async () => {
    const { status, body } = await ask(form('Action=AssumeRole&Version=2011-06-15'));
    expect(status).toBe(400);
    expect(body).toMatch(
      /^<\?xml[^]*<ErrorResponse xmlns="https:\/\/sts[^]*<Type>Sender<\/Type><Code>InvalidAction</,
    );
  });
});

function readOnly(request: RawRequest, service: 'ec2' | 'sts'): Caller {
  return { ...letIn(request, service), readOnly: true };
}

describe('signature, permission and DryRun', () => {
  test('the signature comes before anything else', async () => {
    const ask = apiWith({
      authenticate: () => {
        throw new ServiceError(
          'AuthFailure',
          'AWS was not able to validate the provided access credentials',
          401,
        );
      },
    });
    for (const request of [form('Action=Nonsense'), form('a=%'), { method: 'PUT', target: '/x' }]) {
      const { status, body } = await ask(request);
      expect(status).toBe(401);
      expect(body).toBe(
        ec2Error('AuthFailure', 'AWS was not able to validate the provided access credentials'),
      );
    }
  });

  test('it is given the raw request and the time', async () => {
    let seen: [RawRequest, Date] | undefined;
    const ask = apiWith({
      authenticate: async (request, service, now) => {
        seen = [request, now];
        return letIn(request, service);
      },
    });
    await ask({ target: '/?a=%7e&a=+' });
    expect(seen![0].target).toBe('/?a=%7e&a=+');
    expect(seen![1]).toBe(NOW);
  });

  test.each([
    ['ec2', 'ec2'],
    ['sts', 'sts'],
    ['s3', 'ec2'],
  ])('a signature that says %s is verified for %s', async (claimed, service) => {
    let asked = '';
    const ask = apiWith({
      authenticate: (request, name) => {
        asked = name;
        return letIn(request, name);
      },
    });
    const authorization = `AWS4-HMAC-SHA256 Credential=A/20260101/x/${claimed}/aws4_request, Signature=0`;
    await ask({ ...form('Action=DescribeFlowLogs'), headers: [['authorization', authorization]] });
    expect(asked).toBe(service);
  });

  test('DryRun is answered once everything else is good', async () => {
    const ask = apiWith();
    const good = await ask(form('Action=DeleteFlowLogs&FlowLogId.1=fl-1&DryRun=true'));
    expect(good.status).toBe(412);
    expect(good.body).toBe(
      ec2Error('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.'),
    );
    const bad = await ask(form('Action=DeleteFlowLogs&FlowLogId.1=fl-none&DryRun=true'));
    expect(bad.body).toContain('<Code>InvalidFlowLogId.NotFound</Code>');
    // An action that only reads need not ask for it.
    expect((await ask(form('Action=DescribeFlowLogs&DryRun=true'))).status).toBe(412);
    expect((await ask(form('Action=DescribeFlowLogs&DryRun=false'))).status).toBe(200);
  });

  test('a key that may only describe', async () => {
    const ask = apiWith({ authenticate: readOnly });
    expect((await ask(form('Action=DescribeFlowLogs'))).status).toBe(200);
    expect((await ask(form('Action=GetCallerIdentity&Version=2011-06-15'))).status).toBe(200);
    for (const dryRun of ['true', 'false']) {
      const { status, body } = await ask(form(`Action=DeleteFlowLogs&FlowLogId.1=fl-1&DryRun=${dryRun}`));
      expect(status).toBe(403);
      expect(body).toMatch(
        /<Code>UnauthorizedOperation<\/Code><Message>You are not authorized to perform this operation\./,
      );
    }
  });
});

describe('faults of the program', () => {
  test.each([
    ['a handler that throws', 'Action=CreateVpc', 'a secret of the program'],
    ['an output of the wrong kind', 'Action=DescribeVpcs', 'Vpcs'],
    ['a change without context.permit', 'Action=DeleteVpc&VpcId=vpc-1', 'context.permit'],
  ])('%s: InternalError, and told of', async (_, text, inside) => {
    const faults: unknown[] = [];
    const ask = apiWith({ onFault: (error, requestId) => faults.push([String(error), requestId]) });
    const { status, body } = await ask(form(text));
    expect(status).toBe(500);
    expect(body).toBe(ec2Error('InternalError', 'An internal error has occurred'));
    expect(faults).toEqual([[expect.stringContaining(inside), 'req-1']]);
  });
});

test('every answer is reported', async () => {
  const answers: ApiAnswer[] = [];
  const ask = apiWith({ onAnswer: (answer) => answers.push(answer) });
  await ask(form('Action=DescribeFlowLogs'));
  await ask(form('Action=Nonsense'));
  expect(answers).toMatchObject([
    { requestId: 'req-1', service: 'ec2', status: 200 },
    { requestId: 'req-1', service: 'ec2', status: 400, code: 'InvalidAction' },
  ]);
  expect(answers.every(({ milliseconds }) => milliseconds >= 0)).toBe(true);
});

describe('over a real socket', () => {
  let server: EchoServer | undefined;
  afterEach(() => server?.stop());

  test('the official clients', async () => {
    server = await createEchoServer({ actions: ACTIONS });
    const config = {
      region: 'eu-central-1',
      endpoint: `http://127.0.0.1:${server.port}`,
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
      maxAttempts: 1,
    };
    const ec2 = new EC2Client(config);
    const described = await ec2.send(new DescribeFlowLogsCommand({ FlowLogIds: ['fl-1', 'fl-2'] }));
    expect(described.FlowLogs?.map(({ FlowLogId }) => FlowLogId)).toEqual(['fl-1', 'fl-2']);
    expect(described.$metadata.requestId).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    await expect(ec2.send(new DescribeFlowLogsCommand({ DryRun: true }))).rejects.toMatchObject({
      name: 'DryRunOperation',
      message: 'Request would have succeeded, but DryRun flag is set.',
      $metadata: { httpStatusCode: 412 },
    });
    const sts = new STSClient(config);
    expect((await sts.send(new GetCallerIdentityCommand({}))).Account).toBe('123456789012');
    ec2.destroy();
    sts.destroy();
  });

  test('a body over the limit is refused in the words of EC2', async () => {
    server = await createEchoServer();
    const answer = await fetch(`http://127.0.0.1:${server.port}/`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: 'x'.repeat(MAX_FORM_BYTES + 1),
    });
    expect(answer.status).toBe(413);
    expect(await answer.text()).toMatch(/<Response><Errors><Error><Code>RequestEntityTooLarge<\/Code>/);
  });
});

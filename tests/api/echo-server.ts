import type { ActionContext, ActionTable } from '../../src/api/actions.ts';
import { ERRORS } from '../../src/api/errors.ts';
import { EC2, STS } from '../../src/api/protocol/services.ts';
import { type ApiOptions, createApiHandler } from '../../src/api/server.ts';
import type { RawRequest } from '../../src/wire/request.ts';
import type { ListenerLimits } from '../../src/wire/limits.ts';
import { HttpListener } from '../../src/wire/listener.ts';
import type { Caller } from '../../src/identity/caller.ts';

/** Codes of the listener itself, beside those of the catalogue. */
export const LISTENER_CODES = [
  'BadRequest',
  'RequestTimeout',
  'RequestEntityTooLarge',
  'RequestHeaderSectionTooLarge',
  'ServiceUnavailable',
];

export interface EchoServer {
  readonly host: string;
  readonly port: number;
  readonly listener: HttpListener;
  readonly faults: unknown[];
  /** Every code that an answer may carry. */
  readonly codes: ReadonlySet<string>;
  /** An ordinary DescribeRegions of another client. */
  probe(): Promise<void>;
  stop(): Promise<void>;
}

/** Whoever asks is let in, to the service that they claim. */
export function letIn(_: RawRequest, service: 'ec2' | 'sts'): Caller {
  return {
    account: '123456789012',
    region: 'eu-central-1',
    service,
    accessKeyId: 'AKIDEXAMPLE',
    readOnly: false,
  };
}

function idle(context: ActionContext, input: object): object {
  context.permit(input);
  return {};
}

/** Every action, doing nothing. */
function idleActions(): ActionTable {
  return {
    ec2: Object.fromEntries([...EC2.operations.keys()].map((name) => [name, idle])),
    sts: Object.fromEntries([...STS.operations.keys()].map((name) => [name, idle])),
  };
}

/** The API over a real socket, with actions that do nothing and signatures that are not looked at unless asked for. */
export async function createEchoServer(
  options: {
    limits?: Partial<ListenerLimits>;
    actions?: ActionTable;
    authenticate?: ApiOptions['authenticate'];
  } = {},
): Promise<EchoServer> {
  const faults: unknown[] = [];
  const api = createApiHandler({
    actions: options.actions ?? idleActions(),
    authenticate: options.authenticate ?? letIn,
    onFault: (error) => faults.push(error),
  });
  const listener = new HttpListener({
    host: '127.0.0.1',
    port: 0,
    routing: () => api,
    limits: options.limits ?? {},
    onFault: (error) => faults.push(error),
  });
  const { host, port } = await listener.start();
  return {
    host,
    port,
    listener,
    faults,
    codes: new Set([...Object.values(ERRORS).map((row) => row.code), ...LISTENER_CODES]),
    probe: async () => {
      const answer = await fetch(`http://${host}:${port}/?Action=DescribeRegions&Version=2016-11-15`);
      const text = await answer.text();
      if (!text.includes('<DescribeRegionsResponse')) throw new Error(`${answer.status} ${text}`);
    },
    stop: () => listener.stop(200),
  };
}

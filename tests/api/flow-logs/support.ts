import type { ActionTable } from '../../../src/api/actions.ts';
import { flowLogActions } from '../../../src/api/actions/flow-logs/flow-log-actions.ts';
import { createApiHandler } from '../../../src/api/server.ts';
import type { RawRequest } from '../../../src/base/raw-request.ts';
import type { RawResponse } from '../../../src/wire/endpoint.ts';
import type { FlowLogServiceOptions } from '../../../src/flow-logs/service.ts';
import { createWorld, HERE, NOW, type World } from '../../flow-logs/fakes.ts';

/** Parameters of a form: lists as `ResourceId.1`; undefined leaves one out. */
export type Form = Readonly<Record<string, string | undefined>>;

export interface Answer {
  readonly status: number;
  /** Of a refusal. */
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly body: string;
}

/** Whose request it is. */
export interface Sender {
  readonly account?: string;
  readonly region?: string;
  readonly readOnly?: boolean;
  readonly now?: Date;
}

export interface Api extends World {
  /** Fails when the program does, whatever the client was told. */
  ask(action: string, form: Form, sender?: Sender): Promise<Answer>;
  /** For requests that others have written. */
  handle(request: RawRequest): Promise<RawResponse>;
}

/** The API without a socket, with the flow logs actions over a fake network and fake destinations. */
export async function createApi(
  options: Partial<FlowLogServiceOptions> & { readonly more?: Partial<ActionTable['ec2']> } = {},
): Promise<Api> {
  const { more, ...rest } = options;
  const world = await createWorld(rest);
  const faults: unknown[] = [];
  let time = NOW;
  const api = createApiHandler({
    actions: { ec2: { ...more, ...flowLogActions(world.flowLogs) }, sts: {} },
    authenticate: (request, service) => {
      const sender = JSON.parse(request.peer ?? '{}') as Sender;
      const { account = HERE.account, region = HERE.region, readOnly = false } = sender;
      return { account, region, service, readOnly, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' };
    },
    now: () => time,
    newRequestId: () => 'req-1',
    onFault: (error) => faults.push(error),
  });
  const never = new AbortController().signal;
  async function ask(action: string, form: Form, sender: Sender = {}): Promise<Answer> {
    time = sender.now ?? NOW;
    const parameters = new URLSearchParams({ Action: action, Version: '2016-11-15' });
    for (const [name, value] of Object.entries(form)) if (value !== undefined) parameters.set(name, value);
    const request: RawRequest = {
      method: 'POST',
      target: '/',
      headers: [['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8']],
      body: Buffer.from(parameters.toString()),
      peer: JSON.stringify(sender),
    };
    const answer = await handle(request);
    const body = answer.body as string;
    return { status: answer.status, code: text(body, 'Code'), message: text(body, 'Message'), body };
  }
  async function handle(request: RawRequest): Promise<RawResponse> {
    const answer = await api.handle(request, never);
    if (faults.length > 0) throw faults[0];
    return answer;
  }
  return { ...world, ask, handle };
}

/** The text of the first element of a name. */
export function text(body: string, element: string): string | undefined {
  const match = new RegExp(`<${element}>([^<]*)</${element}>`).exec(body);
  return match === null ? undefined : unescape(match[1]!);
}

/** The texts of all elements of a name. */
export function texts(body: string, element: string): string[] {
  return [...body.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, 'g'))].map((it) =>
    unescape(it[1]!),
  );
}

/** The ids of the answer to CreateFlowLogs. */
export function createdIds(body: string): string[] {
  return [...body.matchAll(/<item>(fl-[0-9a-f]{17})<\/item>/g)].map((match) => match[1]!);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&#39;': "'",
};

function unescape(content: string): string {
  return content.replaceAll(/&[#a-z0-9]+;/g, (entity) => ENTITIES[entity] ?? entity);
}

/** Numbered parameters of a list. */
export function list(name: string, values: readonly string[]): Form {
  return Object.fromEntries(values.map((value, i) => [`${name}.${i + 1}`, value]));
}

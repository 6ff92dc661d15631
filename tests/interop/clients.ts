/** Official clients behind one port: the SDK for JavaScript, boto3 of any version, the AWS CLI. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import * as ec2 from '@aws-sdk/client-ec2';
import type { RunningService } from '../../src/service/serve/service.ts';
import { clientOf } from '../service/support.ts';

type Output = Readonly<Record<string, unknown>>;

export interface Walk {
  readonly pageSize: number;
  readonly maxItems?: number | undefined;
  readonly token?: string | undefined;
  /** Of DescribeFlowLogs. */
  readonly input?: object;
}

export interface Walked {
  readonly ids: readonly string[];
  /** To go on from; null at the end. */
  readonly token: string | null;
}

/** What a refusal looks like to who uses the client. */
export class Refusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface Client {
  /** What the client says it is. */
  readonly version: string;
  /** Whether it is new enough to know TagFieldSpecifications. */
  readonly knowsTagFields: boolean;
  /** Answers of an action, dates as text. A Refusal when the service refuses. */
  call(action: string, input: object): Promise<Output>;
  /** Ids of flow logs, by the client's own paginator. */
  walk(request: Walk): Promise<Walked>;
  close(): Promise<void>;
}

/** What a client needs to know: a running service and the two AWS files of its data directory. */
export interface Place {
  readonly service: RunningService;
  readonly directory: string;
}

/** An environment that has nothing of the machine's own AWS settings or proxies. */
export function environmentOf({ directory }: Place): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: directory,
    LANG: 'C.UTF-8',
    AWS_SHARED_CREDENTIALS_FILE: `${directory}/credentials`,
    AWS_CONFIG_FILE: `${directory}/config`,
    AWS_PROFILE: 'weir',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_MAX_ATTEMPTS: '1',
    AWS_PAGER: '',
  };
}

type CommandClass = new (input: object) => Parameters<ec2.EC2Client['send']>[0];

export async function openSdk({ service }: Place): Promise<Client> {
  const client = clientOf(service.url, await service.keys.create({ account: '123456789012' }));
  return {
    version: '@aws-sdk/client-ec2',
    knowsTagFields: true,
    call: async (action, input) => {
      const command = new (ec2 as unknown as Record<string, CommandClass>)[`${action}Command`]!(input);
      try {
        const { $metadata: _, ...output } = (await client.send(command)) as { $metadata: unknown };
        return JSON.parse(JSON.stringify(output)) as Output;
      } catch (error) {
        const { name, message } = error as Error;
        throw new Refusal(name, message);
      }
    },
    walk: async ({ pageSize, maxItems = Infinity, token, input = {} }) => {
      const ids: string[] = [];
      const pages = ec2.paginateDescribeFlowLogs(
        { client, pageSize, ...(token === undefined ? {} : { startingToken: token }) },
        input,
      );
      // This paginator knows no MaxItems: one stops at the end of a page.
      for await (const page of pages) {
        ids.push(...page.FlowLogs!.map((it) => it.FlowLogId!));
        if (ids.length >= maxItems) return { ids, token: page.NextToken ?? null };
      }
      return { ids, token: null };
    },
    close: () => Promise.resolve(client.destroy()),
  };
}

/** boto3 in a process of its own, under a Python. */
export class Boto3 implements Client {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  #errors = '';
  version = '';

  private constructor(python: string, endpoint: string, place: Place) {
    const script = new URL('driver.py', import.meta.url).pathname;
    this.#child = spawn(python, [script, endpoint], { env: environmentOf(place) });
    this.#child.stderr!.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
    this.#answers = createInterface(this.#child.stdout!)[Symbol.asyncIterator]();
  }

  /** `endpoint` is told apart from the profile, or `-`: a new boto3 reads it there. */
  static async open(python: string, place: Place, endpoint = place.service.url): Promise<Boto3> {
    const client = new Boto3(python, endpoint, place);
    const { boto3 } = await client.ask<{ boto3: string }>({ do: 'version' });
    client.version = boto3;
    return client;
  }

  get knowsTagFields(): boolean {
    const [major = 0, minor = 0] = this.version.split('.').map(Number);
    return major > 1 || minor > 43 || (minor === 43 && Number(this.version.split('.')[2]) >= 26);
  }

  async ask<Answer>(request: object): Promise<Answer> {
    this.#child.stdin!.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#answers.next();
    if (done === true) throw new Error(`the driver ended: ${this.#errors}`);
    const answer = JSON.parse(value) as { output?: Answer; code?: string; message?: string };
    if (answer.output === undefined) throw new Refusal(answer.code!, answer.message!);
    return answer.output;
  }

  call(action: string, input: object): Promise<Output> {
    return this.ask({ do: 'call', action, input });
  }

  walk(request: Walk): Promise<Walked & { readonly pages: number; readonly largest: number }> {
    return this.ask({ do: 'walk', ...request });
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#child.on('close', resolve));
    this.#child.stdin!.end();
    await closed;
  }
}

/** The AWS CLI: a process for each call. */
export class Cli implements Client {
  readonly #program: string;
  readonly #place: Place;
  readonly knowsTagFields = false;
  version = '';

  private constructor(program: string, place: Place) {
    this.#program = program;
    this.#place = place;
  }

  static async open(program: string, place: Place): Promise<Cli> {
    const client = new Cli(program, place);
    client.version = (await client.#run(['--version'])).split(' ')[0]!;
    return client;
  }

  #run(args: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const options = { env: environmentOf(this.#place), maxBuffer: 64 << 20 };
      execFile(this.#program, args, options, (error, stdout, stderr) => {
        const [, code, message] =
          /An error occurred \((\S+)\) when calling the \S+ operation(?: \(reached max retries: \d+\))?: (.*)/.exec(
            stderr,
          ) ?? [];
        if (code !== undefined) reject(new Refusal(code, message!));
        else if (error) reject(new Error(`${args.join(' ')}: ${stderr}`));
        else resolve(stdout);
      });
    });
  }

  /** `aws ec2 ARGS`, at the service. */
  async ec2(...args: readonly string[]): Promise<Output> {
    const all = ['ec2', ...args, '--endpoint-url', this.#place.service.url, '--output', 'json'];
    const out = await this.#run(all);
    return out === '' ? {} : (JSON.parse(out) as Output);
  }

  call(action: string, input: object): Promise<Output> {
    const verb = action.replaceAll(/(?<=[a-z])[A-Z]/g, '-$&').toLowerCase();
    return this.ec2(verb, '--cli-input-json', JSON.stringify(input));
  }

  async walk({ pageSize, maxItems, token }: Walk): Promise<Walked> {
    const answer = await this.ec2(
      'describe-flow-logs',
      '--page-size',
      String(pageSize),
      ...(maxItems === undefined ? [] : ['--max-items', String(maxItems)]),
      ...(token === undefined ? [] : ['--starting-token', token]),
    );
    const { FlowLogs, NextToken } = answer as { FlowLogs: { FlowLogId: string }[]; NextToken?: string };
    return { ids: FlowLogs.map((it) => it.FlowLogId), token: NextToken ?? null };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

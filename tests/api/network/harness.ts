import * as ec2 from '@aws-sdk/client-ec2';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { getCallerIdentity } from '../../../src/api/actions/identity/get-caller-identity.ts';
import { networkActions } from '../../../src/api/actions/network/actions.ts';
import { createApiHandler } from '../../../src/api/server.ts';
import { PageTokens } from '../../../src/base/page-token.ts';
import type { RawRequest } from '../../../src/base/raw-request.ts';
import type { Caller } from '../../../src/identity/caller.ts';
import type { Network } from '../../../src/network/model.ts';
import { NetworkRegistry } from '../../../src/network/registry.ts';
import { parseNetwork } from '../../../src/network/yaml.ts';
import { openSqliteStore, type SqliteStore } from '../../../src/store/sqlite.ts';

/** The official client against the actions, over a real store in memory, without a socket. */

export const ACCOUNT = '123456789012';
export const OTHER_ACCOUNT = '210987654321';
export const REGION = 'eu-central-1';
export const OTHER_REGION = 'us-east-1';

const OWNER = { account: ACCOUNT, region: REGION };
const EMPTY = 'vpcs: []';
const never = new AbortController().signal;

export function networkOf(yaml: string): Network {
  return parseNetwork(yaml, 'network.yaml', OWNER);
}

export interface ClientOptions {
  readonly account?: string;
  readonly region?: string;
  readonly readOnly?: boolean;
}

type Sendable = Parameters<ec2.EC2Client['send']>[0];
type CommandClass = new (input: object) => Sendable;

export class Harness {
  readonly store: SqliteStore;
  readonly registry: NetworkRegistry;
  readonly faults: unknown[] = [];
  now = new Date('2026-01-02T03:04:05.678Z');
  readonly #api: ReturnType<typeof createApiHandler>;

  private constructor(store: SqliteStore, registry: NetworkRegistry) {
    this.store = store;
    this.registry = registry;
    const pages = new PageTokens(Buffer.alloc(32, 1));
    this.#api = createApiHandler({
      actions: {
        ec2: networkActions({ network: registry, pages }),
        sts: { GetCallerIdentity: getCallerIdentity },
      },
      authenticate: callerOf,
      now: () => this.now,
      onFault: (error) => this.faults.push(error),
    });
  }

  static async open(declared: string | Network = EMPTY, store?: SqliteStore): Promise<Harness> {
    const network = typeof declared === 'string' ? networkOf(declared) : declared;
    const kept = store ?? (await openSqliteStore());
    return new Harness(kept, await NetworkRegistry.open(kept, network));
  }

  /** The same store under another start of the service. */
  reopen(declared: string | Network = EMPTY): Promise<Harness> {
    return Harness.open(declared, this.store);
  }

  client(options: ClientOptions = {}): Client {
    return new Client(options, (request) => this.#answer(request));
  }

  async #answer(request: RawRequest) {
    const { status, headers, body } = await this.#api.handle(request, never);
    return { statusCode: status, headers: Object.fromEntries(headers), body: Buffer.from(body as string) };
  }
}

interface SdkRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Who a credential says it is: account and permission are in the key, the region in the scope. */
function callerOf(request: RawRequest): Caller {
  const authorization = request.headers.find(([name]) => name.toLowerCase() === 'authorization')![1];
  const [, key, region, service] = /Credential=([^/]+)\/[0-9]+\/([^/]+)\/([^/]+)\//.exec(authorization)!;
  const readOnly = key!.endsWith('R');
  return { accessKeyId: key!, account: key!.slice(4, 16), readOnly, region: region!, service: service! };
}

export class Client {
  readonly #ec2: ec2.EC2Client;
  readonly #sts: STSClient;

  constructor(
    { account = ACCOUNT, region = REGION, readOnly = false }: ClientOptions,
    answer: (request: RawRequest) => Promise<unknown>,
  ) {
    const options = {
      region,
      endpoint: 'http://localhost:1',
      credentials: { accessKeyId: `AKIA${account}${readOnly ? 'R' : 'W'}`, secretAccessKey: 'secret' },
      maxAttempts: 1,
      requestHandler: {
        handle: async ({ method, headers, body = '' }: SdkRequest) => ({
          response: await answer({
            method,
            target: '/',
            headers: Object.entries(headers),
            body: Buffer.from(body),
          }),
        }),
      } as never,
    };
    this.#ec2 = new ec2.EC2Client(options);
    this.#sts = new STSClient(options);
  }

  /** What an action answers, as the client reads it. */
  async call<Output extends object = Record<string, never>>(
    action: string,
    input: object = {},
  ): Promise<Output> {
    const command = new (ec2 as unknown as Record<string, CommandClass>)[`${action}Command`]!(input);
    const { $metadata: _, ...output } = (await this.#ec2.send(command)) as { $metadata: unknown };
    return output as unknown as Output;
  }

  /** The refusal of an action: its code, text and status. */
  async refusal(
    action: string,
    input: object = {},
  ): Promise<{ code: string; message: string; status: number }> {
    try {
      await this.call(action, input);
    } catch (error) {
      const { name, message, $metadata } = error as Error & { $metadata: { httpStatusCode: number } };
      return { code: name, message, status: $metadata.httpStatusCode };
    }
    throw new RangeError(`${action} was not refused`);
  }

  async whoAmI(): Promise<object> {
    const { $metadata: _, ...identity } = await this.#sts.send(new GetCallerIdentityCommand({}));
    return identity;
  }
}

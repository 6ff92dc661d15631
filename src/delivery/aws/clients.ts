/**
 * SDK clients of a destination, made when they are first asked for and kept by service, region and credentials. The SDK is
 * loaded then, too: a service without such destinations never does.
 */
import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { FirehoseClient } from '@aws-sdk/client-firehose';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Caller } from '../../standins/storage/caller.ts';
import { BoundedMap } from './bounded-map.ts';
import { Credentials } from './credentials.ts';
import { profileEndpoint, type ServiceId } from './profile-endpoint.ts';
import type { IdentityProvider } from './refreshing.ts';
import { credentialPlan } from './roles.ts';
import type { AwsDestination } from './settings.ts';

export interface ClientLimits {
  /** Milliseconds until a connection must stand. */
  readonly connectMs: number;
  /** Milliseconds that one may be silent in a request. An attempt as a whole ends by its signal. */
  readonly silentMs: number;
  /** Milliseconds that a connection is kept for the next request: less than servers keep theirs, so that none is
   * closed in a request's face. */
  readonly idleMs: number;
  /** Connections to one host: more than attempts that delivery makes at a time. */
  readonly connections: number;
}

export const DEFAULT_CLIENT_LIMITS: ClientLimits = {
  connectMs: 5000,
  silentMs: 30_000,
  idleMs: 4000,
  connections: 128,
};

/** Clients that are kept: regions times credentials. They share their connections and cost little. */
const MOST_CLIENTS = 256;

/** What requests say they come from: no version, system or host. */
const USER_AGENT: [string][] = [['weir']];

/** What any client is made with. */
interface CommonConfig {
  readonly credentials: IdentityProvider;
  readonly maxAttempts: number;
  readonly requestHandler: object;
  readonly defaultUserAgentProvider: () => Promise<[string][]>;
  readonly endpoint?: string;
  readonly region?: string;
  readonly profile?: string;
}

export class AwsClients {
  readonly #destination: AwsDestination;
  readonly #agents: { readonly httpAgent: Agent; readonly httpsAgent: TlsAgent };
  readonly #inner: Pick<CommonConfig, 'maxAttempts' | 'requestHandler' | 'defaultUserAgentProvider'>;
  readonly #credentials: Credentials;
  readonly #kept = new BoundedMap<string, Promise<unknown>>(MOST_CLIENTS);

  constructor(
    destination: AwsDestination,
    limits: Partial<ClientLimits> = {},
    clock: () => number = Date.now,
  ) {
    const { connectMs, silentMs, idleMs, connections } = { ...DEFAULT_CLIENT_LIMITS, ...limits };
    this.#destination = destination;
    const agent = { keepAlive: true, maxSockets: connections, timeout: idleMs };
    this.#agents = { httpAgent: new Agent(agent), httpsAgent: new TlsAgent(agent) };
    this.#inner = {
      // Delivery tries again by itself, with its own back-off.
      maxAttempts: 1,
      requestHandler: { connectionTimeout: connectMs, socketTimeout: silentMs, ...this.#agents },
      defaultUserAgentProvider: () => Promise.resolve(USER_AGENT),
    };
    this.#credentials = new Credentials({
      stsEndpoint: () => this.#endpoint('sts'),
      inner: this.#inner,
      clock,
    });
  }

  /**
   * @param as whose delivery it is: decides the credentials, and the region where the destination has none
   * @param region in place of both
   * @throws {RoleNotMapped}
   */
  s3(as?: Caller, region?: string): Promise<S3Client> {
    return this.#client('s3', as, region, async (config) => {
      const { S3Client } = await import('@aws-sdk/client-s3');
      return new S3Client({
        ...config,
        forcePathStyle: this.#destination.pathStyle ?? config.endpoint !== undefined,
        // Other stores know no checksums but Content-MD5, which goes along with each body.
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
        // Not every store answers 100.
        expectContinueHeader: false,
      });
    });
  }

  /** As `s3`. */
  logs(as?: Caller, region?: string): Promise<CloudWatchLogsClient> {
    return this.#client('cloudwatch_logs', as, region, async (config) => {
      const { CloudWatchLogsClient } = await import('@aws-sdk/client-cloudwatch-logs');
      return new CloudWatchLogsClient(config);
    });
  }

  /** As `s3`. */
  firehose(as?: Caller, region?: string): Promise<FirehoseClient> {
    return this.#client('firehose', as, region, async (config) => {
      const { FirehoseClient } = await import('@aws-sdk/client-firehose');
      return new FirehoseClient(config);
    });
  }

  /** Ends all connections; requests that run fail. */
  destroy(): void {
    this.#kept.clear();
    this.#agents.httpAgent.destroy();
    this.#agents.httpsAgent.destroy();
  }

  async #client<Client>(
    service: ServiceId,
    as: Caller | undefined,
    region: string | undefined,
    make: (config: CommonConfig) => Promise<Client>,
  ): Promise<Client> {
    const { profile, region: own } = this.#destination;
    const plan = credentialPlan(this.#destination, as);
    const where = region ?? own ?? as?.region;
    const key = JSON.stringify([service, where, plan.id]);
    return this.#kept.get(key, () =>
      this.#endpoint(service)
        .then((endpoint) =>
          make({
            ...this.#inner,
            credentials: this.#credentials.of(plan),
            ...(endpoint === undefined ? {} : { endpoint }),
            ...(where === undefined ? {} : { region: where }),
            ...(profile === undefined ? {} : { profile }),
          }),
        )
        .catch((error: unknown) => {
          this.#kept.delete(key);
          throw error;
        }),
    ) as Promise<Client>;
  }

  async #endpoint(service: ServiceId): Promise<string | undefined> {
    const { endpoint, stsEndpoint, profile } = this.#destination;
    const own = service === 'sts' ? stsEndpoint : endpoint;
    return own ?? (profile === undefined ? undefined : profileEndpoint(profile, service));
  }
}

/** Credentials by plan, each asked for once however many clients use them. */
import { BoundedMap } from './bounded-map.ts';
import { type Identity, type IdentityProvider, refreshing } from './refreshing.ts';
import type { CredentialPlan } from './roles.ts';

/** How the SDK's own clients (STS, SSO) are made that credentials are asked with. */
export interface InnerClient {
  readonly requestHandler: object;
  readonly maxAttempts: number;
  readonly defaultUserAgentProvider: () => Promise<[string][]>;
}

export interface CredentialsPort {
  readonly stsEndpoint: () => Promise<string | undefined>;
  readonly inner: InnerClient;
  readonly clock: () => number;
}

/** Credentials that are kept: those longest unused are asked for again. */
const MOST_KEPT = 256;

export class Credentials {
  readonly #port: CredentialsPort;
  readonly #kept = new BoundedMap<string, IdentityProvider>(MOST_KEPT);

  constructor(port: CredentialsPort) {
    this.#port = port;
  }

  /** The same provider for the same plan. */
  of(plan: CredentialPlan): IdentityProvider {
    return this.#kept.get(plan.id, () => refreshing(this.#loader(plan), this.#port.clock));
  }

  #loader(plan: CredentialPlan): () => Promise<Identity> {
    const { inner } = this.#port;
    if (plan.from === 'key') return () => Promise.resolve(plan.key);
    if (plan.from === 'role') return this.#assumed(plan);
    return async () => {
      const { fromIni, fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
      const options = { ignoreCache: true, clientConfig: inner };
      // Made anew each time: a chain keeps what it has found once.
      return plan.from === 'profile'
        ? fromIni({ ...options, profile: plan.profile })()
        : fromNodeProviderChain(options)();
    };
  }

  #assumed(plan: Extract<CredentialPlan, { from: 'role' }>): () => Promise<Identity> {
    const { stsEndpoint, inner } = this.#port;
    const { role, session, externalId, region } = plan;
    return async () => {
      const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
      const endpoint = await stsEndpoint();
      return fromTemporaryCredentials({
        masterCredentials: this.of(plan.by),
        params: {
          RoleArn: role,
          RoleSessionName: session,
          ...(externalId === undefined ? {} : { ExternalId: externalId }),
        },
        clientConfig: {
          ...inner,
          ...(region === undefined ? {} : { region }),
          ...(endpoint === undefined ? {} : { endpoint }),
        },
      })();
    };
  }
}

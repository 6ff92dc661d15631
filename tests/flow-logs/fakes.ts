import { PageTokens } from '../../src/base/page-token.ts';
import {
  type Destination,
  destinationKey,
  type Destinations,
  type Presence,
} from '../../src/flow-logs/destinations.ts';
import type { CreateRequest } from '../../src/flow-logs/members.ts';
import type { Call, ResourceType } from '../../src/flow-logs/model.ts';
import type { Resources } from '../../src/flow-logs/resources.ts';
import { FlowLogService, type FlowLogServiceOptions } from '../../src/flow-logs/service.ts';
import type { Delivery, DeliveryQuestion } from '../../src/flow-logs/status.ts';
import type { TemplateBucket, TemplateStorage } from '../../src/flow-logs/template/storage.ts';
import { pageTokenSecret } from '../../src/store/service-state.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { Scope, Store } from '../../src/store/store.ts';

export const HERE: Scope = { account: '123456789012', region: 'eu-central-1' };
export const NOW = new Date('2026-01-02T03:04:05.678Z');
export const ROLE = 'arn:aws:iam::123456789012:role/flow-logs';

/** The n-th id with a prefix. */
export function id(prefix: string, n: number): string {
  return `${prefix}-${n.toString(16).padStart(17, '0')}`;
}

const TYPES: readonly (readonly [prefix: string, type: ResourceType])[] = [
  ['vpc-', 'VPC'],
  ['subnet-', 'Subnet'],
  ['eni-', 'NetworkInterface'],
  ['tgw-attach-', 'TransitGatewayAttachment'],
  ['tgw-', 'TransitGateway'],
  ['nat-', 'RegionalNatGateway'],
];

/** A network in HERE where every id exists, but for the missing ones; some are of another kind than their form says. */
export class FakeResources implements Resources {
  readonly missing = new Set<string>();
  readonly others = new Set<string>();

  typesOf(scope: Scope, ids: readonly string[]): Promise<ReadonlyMap<string, ResourceType | 'other'>> {
    const types = new Map<string, ResourceType | 'other'>();
    if (scope.account !== HERE.account || scope.region !== HERE.region) return Promise.resolve(types);
    for (const it of ids) {
      const known = TYPES.find(([prefix]) => it.startsWith(prefix));
      if (known === undefined || this.missing.has(it)) continue;
      types.set(it, this.others.has(it) ? 'other' : known[1]);
    }
    return Promise.resolve(types);
  }
}

/** Destinations as a script says; all that it does not name are ready, and roles can be assumed. */
export class FakeDestinations implements Destinations {
  readonly script = new Map<string, Presence>();
  readonly unassumable = new Set<string>();
  readonly asked: string[] = [];
  /** Waited for by every question about a destination. */
  gate: Promise<unknown> = Promise.resolve();

  async presence(_: Scope, destination: Destination): Promise<Presence> {
    const key = destinationKey(destination);
    this.asked.push(key);
    await this.gate;
    return this.script.get(key) ?? 'ready';
  }

  assumable(_: Scope, role: { readonly arn: string }): Promise<boolean> {
    return Promise.resolve(!this.unassumable.has(role.arn));
  }
}

/** A backend for everything, but for what is refused. */
export class FakeDelivery implements Delivery {
  refuses: (flowLog: DeliveryQuestion) => boolean = () => false;

  stateOf(flowLog: DeliveryQuestion): ReturnType<Delivery['stateOf']> {
    if (!this.refuses(flowLog)) return { deliverable: true };
    return { deliverable: false, message: 'Unknown error', reason: 'told so' };
  }
}

/** Buckets that templates of integrations are put into. */
export class FakeTemplates implements TemplateStorage {
  readonly buckets = new Map<string, TemplateBucket | 'denied'>();
  /** Texts by `bucket/key`. */
  readonly objects = new Map<string, string>();
  readonly asked: string[] = [];
  outcome: 'put' | 'missing' | 'denied' = 'put';

  bucket(_: Scope, name: string): Promise<TemplateBucket | 'denied' | undefined> {
    this.asked.push(name);
    return Promise.resolve(this.buckets.get(name));
  }

  put(_: Scope, bucket: string, key: string, body: Uint8Array): ReturnType<TemplateStorage['put']> {
    if (this.outcome === 'put') this.objects.set(`${bucket}/${key}`, Buffer.from(body).toString('utf8'));
    return Promise.resolve(this.outcome);
  }
}

export interface World {
  readonly store: Store;
  readonly resources: FakeResources;
  readonly destinations: FakeDestinations;
  readonly delivery: FakeDelivery;
  readonly templates: FakeTemplates;
  readonly flowLogs: FlowLogService;
}

/** A service over an empty store in memory, with fakes around it. */
export async function createWorld(options: Partial<FlowLogServiceOptions> = {}): Promise<World> {
  const store = options.store ?? (await openSqliteStore());
  const resources = new FakeResources();
  const destinations = new FakeDestinations();
  const delivery = new FakeDelivery();
  const templates = new FakeTemplates();
  const pageTokens = new PageTokens(await pageTokenSecret(store));
  const flowLogs = new FlowLogService({
    store,
    resources,
    destinations,
    delivery,
    templates,
    pageTokens,
    ...options,
  });
  return { store, resources, destinations, delivery, templates, flowLogs };
}

/** A request that nothing stands against. */
export function callOf(scope: Scope = HERE, now: Date = NOW): Call {
  return { scope, now, permit: () => undefined };
}

/** A request for an S3 flow log of a VPC, but for what is given. */
export function bucketRequest(given: Partial<CreateRequest> = {}): CreateRequest {
  return {
    resourceIds: [id('vpc', 1)],
    resourceType: 'VPC',
    trafficType: 'ALL',
    logDestinationType: 's3',
    logDestination: 'arn:aws:s3:::flow-logs',
    ...given,
  };
}

/** What a promise was refused with, as situation and values. */
export async function refusedBy(promise: Promise<unknown>): Promise<unknown> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return (error as { refused?: unknown } | undefined)?.refused ?? error;
}

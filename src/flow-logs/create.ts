/** CreateFlowLogs: one flow log for each resource, all that can be created in one transaction. */
import { randomBytes } from 'node:crypto';
import type { FlowLogRow, Json, NewFlowLog, Repositories, Store } from '../store/store.ts';
import {
  newClientToken,
  recall,
  remember,
  requestDigest,
  type TokenTurns,
  type TokenUse,
} from './client-token.ts';
import { checkRolesExist, type Configuration, configure } from './configuration.ts';
import { destinationFailure, type Destinations } from './destinations.ts';
import { configurationDigester } from './existing.ts';
import { FlowLogFault, type Refused, refused } from './faults.ts';
import { type CreateRequest, type Members, readMembers } from './members.ts';
import type { Call } from './model.ts';
import { missingResources, type Resources } from './resources.ts';
import { type Delivery, statusOf } from './status.ts';

/** Flow logs of one resource in an account and region. */
export const DEFAULT_QUOTA = 250;

export interface CreateDependencies {
  readonly store: Store;
  readonly resources: Resources;
  readonly destinations: Destinations;
  readonly delivery: Delivery;
  /** Most flow logs of one resource. */
  readonly quota: number;
  readonly turns: TokenTurns;
}

/** A resource that got no flow log while the call was answered. */
export interface Unsuccessful extends Refused {
  readonly resourceId: string;
}

export interface Created {
  /** Of the request, or made for it. */
  readonly clientToken: string;
  readonly flowLogIds: readonly string[];
  readonly unsuccessful: readonly Unsuccessful[];
  /** What is there now and was not before: nothing when the answer is one that was given already. */
  readonly rows: readonly FlowLogRow[];
}

/**
 * Creates the flow logs of a request. The order of checks is S8.2's; the destination is looked at after
 * permission, since a failure there is no refusal of the call but of each resource.
 *
 * @throws FlowLogFault when nothing can be created: for a rule that is broken, and when each resource has this
 * flow log already or is at its quota
 */
export async function createFlowLogs(
  dependencies: CreateDependencies,
  call: Call,
  request: CreateRequest,
): Promise<Created> {
  const { scope, now } = call;
  const members = readMembers(request);
  const configuration = configure(scope, members);
  const token = members.clientToken;
  if (token === undefined) {
    return createNew(dependencies, call, members, configuration, undefined);
  }
  const { clientToken: _, ...rest } = request;
  const use: TokenUse = { scope, token, digest: requestDigest(rest), now };
  return dependencies.turns.take(scope, token, async () => {
    const kept = await dependencies.store.read((from) => recall(from, use));
    if (kept === undefined) return createNew(dependencies, call, members, configuration, use);
    call.permit();
    return answerKept(token, kept);
  });
}

/** What is kept under a client token: the answer without the token itself. */
type Kept = Pick<Created, 'flowLogIds' | 'unsuccessful'>;

function answerKept(clientToken: string, kept: Json): Created {
  // What stands under a token was written by toKept.
  const { flowLogIds, unsuccessful } = kept as unknown as Kept;
  return { clientToken, flowLogIds, unsuccessful, rows: [] };
}

function toKept({ flowLogIds, unsuccessful }: Kept): Json {
  return { flowLogIds, unsuccessful } as unknown as Json;
}

async function createNew(
  dependencies: CreateDependencies,
  call: Call,
  members: Members,
  configuration: Configuration,
  use: TokenUse | undefined,
): Promise<Created> {
  const { store, resources, destinations } = dependencies;
  const { scope } = call;
  const { resourceIds } = members;
  const missing = await missingResources(resources, scope, configuration.resourceType, resourceIds);
  await checkRolesExist(destinations, scope, configuration);
  call.permit();
  const clientToken = use?.token ?? newClientToken();
  const roles = { role: configuration.role?.arn, crossAccountRole: configuration.crossAccountRole?.arn };
  const failure = await destinationFailure(destinations, scope, configuration.destination, roles);
  if (failure !== undefined) {
    const unsuccessful = resourceIds.map((resourceId) => ({ resourceId, ...failure }));
    return { clientToken, flowLogIds: [], unsuccessful, rows: [] };
  }
  return store.transaction(async (on) => {
    // Another process may have answered the same token since it was looked for.
    const kept = use === undefined ? undefined : await recall(on, use);
    if (kept !== undefined) return answerKept(clientToken, kept);
    const created = await insert(on, dependencies, { call, members, configuration, clientToken, missing });
    // A call that created nothing is not kept: it may be made again when what was wrong is mended.
    if (use !== undefined && created.flowLogIds.length > 0) await remember(on, use, toKept(created));
    return created;
  });
}

interface Work {
  readonly call: Call;
  readonly members: Members;
  readonly configuration: Configuration;
  readonly clientToken: string;
  readonly missing: ReadonlyMap<string, Refused>;
}

async function insert(
  on: Repositories,
  { quota, delivery }: CreateDependencies,
  { call, members, configuration, clientToken, missing }: Work,
): Promise<Created> {
  const { scope } = call;
  const { resourceIds } = members;
  const digestOf = configurationDigester(configuration);
  const digests = resourceIds.map(digestOf);
  const same = await on.flowLogs.listFlowLogs({
    account: scope.account,
    region: scope.region,
    configurationDigests: digests,
    limit: digests.length,
  });
  const taken = new Set(same.map((row) => row.configurationDigest));
  const counts = await on.flowLogs.countByResource(scope, resourceIds);
  const flowLogs: NewFlowLog[] = [];
  const unsuccessful: Unsuccessful[] = [];
  for (const [index, resourceId] of resourceIds.entries()) {
    const digest = digests[index]!;
    const count = counts.get(resourceId) ?? 0;
    let reason = missing.get(resourceId);
    // An id that stands twice in the request finds its first flow log here.
    if (reason === undefined && taken.has(digest)) reason = refused('flowLogAlreadyExists');
    if (reason === undefined && count >= quota) reason = refused('flowLogsLimitExceeded', { id: resourceId });
    if (reason !== undefined) {
      unsuccessful.push({ resourceId, ...reason });
      continue;
    }
    taken.add(digest);
    counts.set(resourceId, count + 1);
    flowLogs.push(newFlowLog(call, configuration, { resourceId, digest, clientToken, delivery }));
  }
  if (flowLogs.length === 0) throwIfAlike(unsuccessful);
  const rows = await on.flowLogs.insert(flowLogs);
  const flowLogIds = rows.map((row) => row.id);
  if (members.tags.length > 0) await on.tags.put(scope, flowLogIds, members.tags);
  return { clientToken, flowLogIds, unsuccessful, rows };
}

/** Refuses the whole call when every resource failed, and for the same reason. */
function throwIfAlike(unsuccessful: readonly Unsuccessful[]): void {
  const [first] = unsuccessful;
  if (first === undefined || unsuccessful.some((item) => item.situation !== first.situation)) return;
  throw new FlowLogFault({ situation: first.situation, values: first.values });
}

function newFlowLog(
  { scope, now }: Call,
  configuration: Configuration,
  own: {
    readonly resourceId: string;
    readonly digest: string;
    readonly clientToken: string;
    readonly delivery: Delivery;
  },
): NewFlowLog {
  const described = {
    account: scope.account,
    region: scope.region,
    resourceId: own.resourceId,
    resourceType: configuration.resourceType,
    logDestinationType: configuration.destination.type,
    logDestination: configuration.logDestination,
    logGroupName: configuration.logGroupName,
    destinationOptions: configuration.destinationOptions,
    deliverLogsPermissionArn: configuration.role?.arn,
    deliverCrossAccountRole: configuration.crossAccountRole?.arn,
  };
  return {
    ...described,
    id: newFlowLogId(),
    createdAt: now.getTime(),
    trafficType: configuration.trafficType,
    logFormat: configuration.logFormat,
    maxAggregationInterval: configuration.maxAggregationInterval,
    tagFieldSpecifications: configuration.tagFields,
    ...statusOf(own.delivery.stateOf(described)),
    clientToken: own.clientToken,
    configurationDigest: own.digest,
  };
}

/** `fl-` and 17 hexadecimal digits. */
function newFlowLogId(): string {
  return `fl-${randomBytes(9).toString('hex').slice(0, 17)}`;
}

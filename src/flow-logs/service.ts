/** What the API's handlers and the service ask of this room. */
import type { PageTokens } from '../base/page-token.ts';
import type { FlowLogRow, Scope, Store } from '../store/store.ts';
import { TokenTurns } from './client-token.ts';
import { type Created, createFlowLogs, DEFAULT_QUOTA } from './create.ts';
import { deleteFlowLogs } from './delete.ts';
import { type Described, describeFlowLogs, type DescribeRequest } from './describe.ts';
import type { Destinations } from './destinations.ts';
import type { CreateRequest } from './members.ts';
import type { Call } from './model.ts';
import type { Resources } from './resources.ts';
import type { Delivery } from './status.ts';
import { integrationTemplate } from './template/integration.ts';
import type { TemplateRequest } from './template/request.ts';
import type { TemplateStorage } from './template/storage.ts';

/** A change that stands: told once it is durable, in the order of the answers. */
export type FlowLogChange =
  | { readonly kind: 'created'; readonly flowLogs: readonly FlowLogRow[] }
  | { readonly kind: 'deleted'; readonly scope: Scope; readonly ids: readonly string[] };

export interface FlowLogServiceOptions {
  readonly store: Store;
  readonly resources: Resources;
  readonly destinations: Destinations;
  readonly delivery: Delivery;
  /** Where templates of integrations are put. */
  readonly templates: TemplateStorage;
  /** With the secret that the store keeps (pageTokenSecret), so that a token outlives a restart. */
  readonly pageTokens: PageTokens;
  /** Most flow logs of one resource; 250 unless given. */
  readonly quota?: number;
  /** Told of every change: what is recorded follows from it. Must not throw. */
  readonly onChange?: (change: FlowLogChange) => void;
}

/** Flow logs of every account and region. What it refuses it throws as FlowLogFault. */
export class FlowLogService {
  readonly #options: FlowLogServiceOptions;
  readonly #turns = new TokenTurns();

  constructor(options: FlowLogServiceOptions) {
    this.#options = options;
  }

  /** CreateFlowLogs. */
  async create(call: Call, request: CreateRequest): Promise<Created> {
    const { quota = DEFAULT_QUOTA } = this.#options;
    const created = await createFlowLogs({ ...this.#options, quota, turns: this.#turns }, call, request);
    if (created.rows.length > 0) this.#options.onChange?.({ kind: 'created', flowLogs: created.rows });
    return created;
  }

  /** DescribeFlowLogs. */
  describe(call: Call, request: DescribeRequest): Promise<Described> {
    return describeFlowLogs(this.#options, call, request);
  }

  /** DeleteFlowLogs. */
  async delete(call: Call, ids: readonly string[]): Promise<void> {
    const deleted = await deleteFlowLogs(this.#options, call, ids);
    this.#options.onChange?.({ kind: 'deleted', scope: call.scope, ids: deleted });
  }

  /** GetFlowLogsIntegrationTemplate: what the answer's Result holds. */
  integrationTemplate(call: Call, request: TemplateRequest): Promise<string> {
    return integrationTemplate(this.#options, call, request);
  }
}

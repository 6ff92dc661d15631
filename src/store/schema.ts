import type { GeneratedAlways } from 'kysely';

/**
 * The tables as kysely knows them, the same in every dialect: truth is 0 or 1, times are milliseconds since the
 * epoch, JSON is text. src/store/migrations.ts makes them.
 */
export interface Schema {
  schema_versions: { version: number; name: string; applied_at: number };
  access_keys: {
    position: GeneratedAlways<number>;
    id: string;
    secret: string;
    account: string;
    read_only: number;
    label: string;
    created_at: number;
    deleted_at: number | null;
  };
  flow_logs: FlowLogTable;
  client_tokens: {
    account: string;
    region: string;
    action: string;
    token: string;
    request_digest: string;
    response: string;
    created_at: number;
  };
  tags: { account: string; region: string; resource_id: string; key: string; value: string };
  resources: {
    position: GeneratedAlways<number>;
    account: string;
    region: string;
    kind: string;
    id: string;
    document: string;
    created_at: number;
  };
  settings: { name: string; value: string };
}

export interface FlowLogTable {
  sequence: GeneratedAlways<number>;
  account: string;
  region: string;
  id: string;
  created_at: number;
  resource_id: string;
  resource_type: string;
  traffic_type: string | null;
  log_destination_type: string;
  log_destination: string | null;
  log_group_name: string | null;
  deliver_logs_permission_arn: string | null;
  deliver_cross_account_role: string | null;
  log_format: string;
  max_aggregation_interval: number;
  destination_options: string | null;
  tag_field_specifications: string | null;
  deliver_logs_status: string;
  deliver_logs_error_message: string | null;
  client_token: string;
  configuration_digest: string;
}

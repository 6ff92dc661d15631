/** DeliverLogsStatus: the port that says what can be delivered, and how the status of each flow log is kept. */
import type { DeliverLogsStatus, Scope, Store } from '../store/store.ts';
import type { DestinationOptions } from './model.ts';

/** The service's three messages of a failed delivery. */
export type DeliverLogsErrorMessage = 'Rate limited' | 'Access error' | 'Unknown error';

/** What a backend is chosen by. */
export interface DeliveryQuestion extends Scope {
  readonly resourceId: string;
  readonly resourceType: string;
  readonly logDestinationType: string;
  /** Without a value: the flow log names a log group. */
  readonly logDestination?: string | undefined;
  readonly logGroupName?: string | undefined;
  readonly deliverLogsPermissionArn?: string | undefined;
  readonly deliverCrossAccountRole?: string | undefined;
  readonly destinationOptions?:
    | (Pick<DestinationOptions, 'hiveCompatiblePartitions' | 'perHourPartition'> & {
        readonly fileFormat: string;
      })
    | undefined;
}

/** Whether records can be delivered; if not, what clients are told and, for operators, why. */
export type DeliveryState =
  | { readonly deliverable: true }
  | { readonly deliverable: false; readonly message: DeliverLogsErrorMessage; readonly reason: string };

/** The backends of delivery/ as this room asks for them. */
export interface Delivery {
  /** Whether a backend takes the records of a flow log (S8.4). Asked often: answers from memory. */
  stateOf(flowLog: DeliveryQuestion): DeliveryState;
}

/** A service that delivers nothing. */
export const NO_DELIVERY: Delivery = {
  stateOf: ({ logDestinationType }) => ({
    deliverable: false,
    message: 'Unknown error',
    reason: `nothing delivers to ${logDestinationType} destinations`,
  }),
};

/** The status members of a state. */
export function statusOf(state: DeliveryState): {
  readonly deliverLogsStatus: DeliverLogsStatus;
  readonly deliverLogsErrorMessage: string | undefined;
} {
  return state.deliverable
    ? { deliverLogsStatus: 'SUCCESS', deliverLogsErrorMessage: undefined }
    : { deliverLogsStatus: 'FAILED', deliverLogsErrorMessage: state.message };
}

/** Keeps what delivery reports of a flow log; false when the flow log is gone. */
export async function reportStatus(
  store: Store,
  scope: Scope,
  id: string,
  state: DeliveryState,
): Promise<boolean> {
  const { deliverLogsStatus, deliverLogsErrorMessage } = statusOf(state);
  return store.transaction((on) =>
    on.flowLogs.setStatus(scope, id, deliverLogsStatus, deliverLogsErrorMessage),
  );
}

/** Flow logs whose status is written under one commit. */
const BATCH = 500;

/**
 * Brings the status of every flow log to what the backends say now: at the start of a service, whose
 * configuration may be another than before. Returns how many changed.
 */
export async function refreshStatuses(store: Store, delivery: Delivery): Promise<number> {
  const rows = await store.read((from) => from.flowLogs.all());
  const changed = rows.flatMap((row) => {
    const now = statusOf(delivery.stateOf(row));
    const same =
      row.deliverLogsStatus === now.deliverLogsStatus &&
      row.deliverLogsErrorMessage === now.deliverLogsErrorMessage;
    return same ? [] : [{ row, now }];
  });
  for (let start = 0; start < changed.length; start += BATCH) {
    await store.transaction(async (on) => {
      for (const { row, now } of changed.slice(start, start + BATCH)) {
        await on.flowLogs.setStatus(row, row.id, now.deliverLogsStatus, now.deliverLogsErrorMessage);
      }
    });
  }
  return changed.length;
}

/** Places that records go to, as far as a flow log's status and creation ask: buckets and streams. */
import type { Destination } from '../../flow-logs/destinations.ts';
import { destinationKey } from '../../flow-logs/destinations.ts';
import type { DeliverLogsErrorMessage } from '../../flow-logs/status.ts';
import type { Caller } from '../../standins/storage/caller.ts';

/** A destination that has to be there before records come. (Log groups are made when there is traffic.) */
export type Place = Exclude<Destination, { type: 'cloud-watch-logs' }>;

/** What is known of a place. `unreached`: it could not be asked. */
export type PlaceState =
  | { readonly state: 'ready' }
  | {
      readonly state: 'missing' | 'denied' | 'unreached';
      /** What clients are told, and operators. */
      readonly message: DeliverLogsErrorMessage;
      readonly reason: string;
    };

export const READY: PlaceState = { state: 'ready' };

/** Places of one kind. */
export interface Places {
  /** By what was seen last, from memory; undefined: not looked at yet. */
  known(place: Place, as: Caller): PlaceState | undefined;
  /** Looks now; keeps what was known where looking says nothing. Never rejects. */
  look(place: Place, as: Caller): Promise<PlaceState>;
}

/** One text for a place, whatever folder of it is named. */
export function placeKey(place: Place): string {
  return place.type === 's3' ? `s3:${place.bucket}` : destinationKey(place);
}

export function missing(reason: string): PlaceState {
  return { state: 'missing', message: 'Access error', reason };
}

export function denied(reason: string): PlaceState {
  return { state: 'denied', message: 'Access error', reason };
}

/** What a place is called in a sentence. */
export function placeText(place: Place): string {
  return place.type === 's3' ? `bucket ${place.bucket}` : `stream ${place.stream}`;
}

import type { Tags } from './tags.ts';

/** Who made a resource: network.yaml (only an edit of the file takes it away), the API, or Weir itself for a
 * network that nobody described. */
export type Origin = 'file' | 'api' | 'default';

/** What every kind of resource has. */
export interface Resource {
  readonly id: string;
  readonly origin: Origin;
  /** The owner. */
  readonly accountId: string;
  readonly tags: Tags;
}

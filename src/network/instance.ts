import type { Resource } from './resource.ts';

/** A machine that interfaces are attached to. */
export interface Instance extends Resource {
  /** Its interfaces are recorded at 60 s whatever a flow log asks (S3.2). */
  readonly nitro: boolean;
}

/** A region and its Availability Zones. Declared, or named by a VPC and its subnets. */
export interface Region {
  readonly name: string;
  readonly zones: readonly Zone[];
}

/** An Availability Zone: records print its id; its name is what people call it. */
export interface Zone {
  readonly id: string;
  readonly name: string | undefined;
}

/** Whose deliveries are made: what a destination outside of Weir chooses its credentials by. */

/** Whose permission deliveries are made with, where the destination asks for one: role ARNs of the flow log. */
export interface TargetRoles {
  readonly role?: string | undefined;
  readonly crossAccountRole?: string | undefined;
}

/** The flow log's account, region and roles. Embedded storages need none of it. */
export interface Caller {
  readonly account: string;
  readonly region: string;
  readonly roles?: TargetRoles;
}

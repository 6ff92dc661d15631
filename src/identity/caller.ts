/** Who made a verified request, and for which region: what state it sees follows from it (S8.1). */
export interface Caller {
  readonly accessKeyId: string;
  readonly account: string;
  /** The key may only describe. */
  readonly readOnly: boolean;
  /** Of the credential scope. */
  readonly region: string;
  /** Of the credential scope. */
  readonly service: string;
}

/** What GetCallerIdentity shows of a caller: each key is a user of its account. */
export function callerIdentity(caller: Caller): { account: string; userId: string; arn: string } {
  return {
    account: caller.account,
    userId: `AIDA${caller.accessKeyId.slice(4).padEnd(16, 'A')}`,
    arn: `arn:aws:iam::${caller.account}:user/${caller.accessKeyId}`,
  };
}

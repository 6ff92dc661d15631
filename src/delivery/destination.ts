/** The port of destinations: each takes jobs of its kind, any of them again and again until it is done. */
export interface Destination<Job, Where> {
  /**
   * Delivers a job; returns how many objects or events that were. When it resolves, all of it can be read at the
   * destination and outlasts a loss of power. When it rejects, the same job may be given again: what was
   * delivered of it before is not delivered twice.
   *
   * @throws what the destination refuses it for (failures.ts says what clients are told), Damaged when the
   *   spool cannot give back what is to be delivered
   */
  deliver(job: Job, signal: AbortSignal): Promise<number>;
  /**
   * Looks whether a job would be taken, as far as that can be seen without writing: for flow logs that fail and have
   * nothing to send.
   *
   * @throws as deliver() would
   */
  probe(where: Where, signal: AbortSignal): Promise<void>;
}

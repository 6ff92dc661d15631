type OnLines = (flowLog: string, text: string) => void;

/** Who follows which flow logs; the writing thread is asked for the lines of those that somebody follows. */
export class Tails {
  readonly #byFlowLog = new Map<string, Set<OnLines>>();
  readonly #ask: (flowLogs: readonly string[]) => void;

  constructor(ask: (flowLogs: readonly string[]) => void) {
    this.#ask = ask;
  }

  /** Returns how to stop. */
  add(flowLogs: readonly string[], onLines: OnLines): () => void {
    // A function of its own: the same listener may follow twice.
    const listener: OnLines = (flowLog, text) => onLines(flowLog, text);
    for (const id of flowLogs) {
      const listeners = this.#byFlowLog.get(id) ?? new Set();
      this.#byFlowLog.set(id, listeners.add(listener));
    }
    this.#ask([...this.#byFlowLog.keys()]);
    return () => {
      for (const id of flowLogs) {
        const listeners = this.#byFlowLog.get(id);
        listeners?.delete(listener);
        if (listeners?.size === 0) this.#byFlowLog.delete(id);
      }
      this.#ask([...this.#byFlowLog.keys()]);
    };
  }

  /** Lines of a flow log have been committed. */
  lines(flowLog: string, text: string): void {
    for (const listener of this.#byFlowLog.get(flowLog) ?? []) listener(flowLog, text);
  }
}

import { messageOf } from '../../base/errors.ts';
import { log } from './log.ts';

/** What a start has done, to be undone in reverse: at the end, or when a later step fails. */
export class Steps {
  readonly #undo: { readonly what: string; readonly step: () => Promise<void> }[] = [];
  #undone: Promise<void> | undefined;

  /** Adds how to undo something; `what` it is, for the log. */
  add(what: string, step: () => Promise<void>): void {
    this.#undo.push({ what, step });
  }

  /** Undoes all steps, one after the other; one that fails is logged, and those before it are undone still. */
  undo(): Promise<void> {
    this.#undone ??= this.#run();
    return this.#undone;
  }

  async #run(): Promise<void> {
    for (const { what, step } of this.#undo.toReversed()) {
      try {
        await step();
      } catch (error) {
        log('error', `${what} did not close well`, { error: messageOf(error) });
      }
    }
  }
}

/** Places that have to be asked over a network, or that nobody tells changes of: asked now and then, with a time limit. */
import { AttemptTimeout, failureOf } from '../../delivery/failures.ts';
import type { Caller } from '../../standins/storage/caller.ts';
import {
  denied,
  missing,
  type Place,
  placeKey,
  type PlaceState,
  type Places,
  placeText,
  READY,
} from './places.ts';

/** How long a place may take to answer, in milliseconds: a client of CreateFlowLogs waits for it. */
const LIMIT_MS = 5_000;
/** Pause before a place that is not ready is asked again. */
const AGAIN_MS = 30_000;
/** Places that are asked at a time. */
const SIDE_BY_SIDE = 4;
/** Places that are remembered; those that were asked for longest ago are forgotten. */
const MAX_KNOWN = 20_000;

/** Whether a place is there for a caller; rejects with what the destination answers otherwise. */
export type Ask = (place: Place, as: Caller, signal: AbortSignal) => Promise<boolean>;

export interface WatchedPlacesOptions {
  readonly ask: Ask;
  /** Whether a flow log delivers to a place: others are not asked again by themselves. */
  readonly isWanted: (place: Place) => boolean;
  /** A place is in another state than when it was asked before. */
  readonly onChange: (place: Place) => void;
  readonly limitMs?: number;
  readonly againMs?: number;
}

interface Known {
  readonly place: Place;
  readonly as: Caller;
  state: PlaceState | undefined;
}

export class WatchedPlaces implements Places {
  readonly #options: WatchedPlacesOptions;
  readonly #known = new Map<string, Known>();
  /** What is being asked, by key. */
  readonly #asked = new Map<string, Promise<PlaceState>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WatchedPlacesOptions) {
    this.#options = options;
  }

  /** From here on, places that are not ready are asked again. */
  start(): void {
    this.#timer = setInterval(() => this.#again(), this.#options.againMs ?? AGAIN_MS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  known(place: Place, as: Caller): PlaceState | undefined {
    return this.#known.get(keyOf(place, as))?.state;
  }

  look(place: Place, as: Caller): Promise<PlaceState> {
    const key = keyOf(place, as);
    const asked = this.#asked.get(key);
    if (asked !== undefined) return asked;
    const known = this.#remember(key, place, as);
    const answer = this.#turn(() => this.#ask(place, as)).then((state) => {
      const before = known.state?.state;
      known.state = state;
      if (before !== undefined && before !== state.state) this.#options.onChange(place);
      return state;
    });
    this.#asked.set(key, answer);
    return answer.finally(() => this.#asked.delete(key));
  }

  async #ask(place: Place, as: Caller): Promise<PlaceState> {
    const limitMs = this.#options.limitMs ?? LIMIT_MS;
    const signal = AbortSignal.timeout(limitMs);
    const late = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new AttemptTimeout(limitMs)), { once: true });
    });
    try {
      const there = await Promise.race([this.#options.ask(place, as, signal), late]);
      return there ? READY : missing(`${placeText(place)} does not exist`);
    } catch (error) {
      const { message, reason } = failureOf(signal.aborted ? new AttemptTimeout(limitMs) : error);
      const said = `${placeText(place)} cannot be looked at: ${reason}`;
      return message === 'Access error' ? denied(said) : { state: 'unreached', message, reason: said };
    }
  }

  #again(): void {
    for (const [key, { place, as, state }] of this.#known) {
      if (state === undefined || state.state === 'ready' || this.#asked.has(key)) continue;
      if (!this.#options.isWanted(place)) continue;
      void this.look(place, as);
    }
  }

  #remember(key: string, place: Place, as: Caller): Known {
    const known = this.#known.get(key) ?? { place, as, state: undefined };
    this.#known.delete(key); // the order is that of the last question
    this.#known.set(key, known);
    if (this.#known.size > MAX_KNOWN) this.#known.delete(this.#known.keys().next().value!);
    return known;
  }

  /** Runs a question when it is its turn. */
  async #turn<T>(question: () => Promise<T>): Promise<T> {
    if (this.#running < SIDE_BY_SIDE) this.#running++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await question();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next(); // it takes this one's place
    }
  }
}

/** Whose question it is decides the credentials, and so the answer. */
function keyOf(place: Place, { account, region, roles = {} }: Caller): string {
  return JSON.stringify([placeKey(place), account, region, roles.role, roles.crossAccountRole]);
}

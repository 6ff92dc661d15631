/** A calendar queue: the next event of very many senders in time order, at a constant cost for each. */

const NONE = -1;

/** Days of the calendar beyond these cost memory and gain nothing. */
const MAX_DAYS = 1 << 22;

/**
 * Each sender (0 to senders - 1) has at most one event waiting. Events lie in lists by day; only the events of
 * the day that is reached are kept in order, in a binary heap. Randy Brown, "Calendar queues" (1988).
 */
export class Calendar {
  /** When each sender's waiting event is due. */
  readonly #due: Float64Array;
  /** The next sender in the same day's list. */
  readonly #next: Int32Array;
  readonly #days: Int32Array;
  readonly #dayLength: number;
  #heap = new Int32Array(64);
  #heapSize = 0;
  #today = 0;

  /** `span`: all times are from 0 up to it; `events`: about how many there will be. */
  constructor(senders: number, span: number, events: number) {
    const days = Math.max(1, Math.min(MAX_DAYS, Math.ceil(events / 16)));
    this.#due = new Float64Array(senders);
    this.#next = new Int32Array(senders);
    this.#days = new Int32Array(days).fill(NONE);
    this.#dayLength = span / days;
  }

  /** Makes a sender's event wait. Its time must not be before the last event taken. */
  push(sender: number, time: number): void {
    this.#due[sender] = time;
    const day = Math.min(this.#days.length - 1, Math.floor(time / this.#dayLength));
    if (day <= this.#today) this.#rise(sender, time);
    else {
      this.#next[sender] = this.#days[day]!;
      this.#days[day] = sender;
    }
  }

  /** Takes the sender whose event is due first (of several at one time the lowest number); -1 when none is
   * left. */
  pop(): number {
    while (this.#heapSize === 0) {
      if (++this.#today >= this.#days.length) {
        this.#today = this.#days.length - 1;
        return NONE;
      }
      for (let sender = this.#days[this.#today]!; sender !== NONE; sender = this.#next[sender]!) {
        this.#rise(sender, this.#due[sender]!);
      }
      this.#days[this.#today] = NONE;
    }
    const first = this.#heap[0]!;
    const last = this.#heap[--this.#heapSize]!;
    if (this.#heapSize > 0) this.#sink(last);
    return first;
  }

  /** When the event that was taken last from a sender was due. */
  timeOf(sender: number): number {
    return this.#due[sender]!;
  }

  /** Adds to the heap. */
  #rise(sender: number, time: number): void {
    if (this.#heapSize === this.#heap.length) {
      const larger = new Int32Array(2 * this.#heap.length);
      larger.set(this.#heap);
      this.#heap = larger;
    }
    const heap = this.#heap;
    let at = this.#heapSize++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const other = heap[parent]!;
      if (!this.#before(sender, time, other)) break;
      heap[at] = other;
      at = parent;
    }
    heap[at] = sender;
  }

  /** Puts a sender in the place of the heap's first. */
  #sink(sender: number): void {
    const heap = this.#heap;
    const size = this.#heapSize;
    const time = this.#due[sender]!;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      const right = child + 1;
      if (right < size && this.#before(heap[right]!, this.#due[heap[right]!]!, heap[child]!)) child = right;
      if (this.#before(sender, time, heap[child]!)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = sender;
  }

  #before(sender: number, time: number, other: number): boolean {
    const due = this.#due[other]!;
    return time < due || (time === due && sender < other);
  }
}

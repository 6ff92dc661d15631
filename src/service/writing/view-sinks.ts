import type { ExpandedWindow } from '../../flows/rows.ts';
import type { ChunkFrame, Sink } from './sinks.ts';
import type { Group, View } from './views.ts';

/** The sinks of a view, made when the first line comes. */
export class Sinks {
  readonly #view: View;
  readonly #expanded: ExpandedWindow;
  readonly #make: (group: Group, frame: ChunkFrame) => Sink;
  readonly #sinks = new Map<Group, Map<number, Sink>>();

  constructor(view: View, expanded: ExpandedWindow, make: (group: Group, frame: ChunkFrame) => Sink) {
    this.#view = view;
    this.#expanded = expanded;
    this.#make = make;
  }

  of(group: Group, slot: number): Sink {
    let slots = this.#sinks.get(group);
    if (slots === undefined) this.#sinks.set(group, (slots = new Map()));
    let sink = slots.get(slot);
    if (sink === undefined) {
      const { start, seconds } = this.#expanded.window;
      const { flowLogs } = group;
      sink = this.#make(group, { flowLogs, slot, from: start, to: start + seconds - 1 });
      slots.set(slot, sink);
    }
    return sink;
  }

  /** By group as the flow logs were made, then by slot. */
  *inOrder(): Generator<Sink> {
    for (const group of this.#view.groups) {
      const slots = this.#sinks.get(group);
      if (slots === undefined) continue;
      for (const slot of [...slots.keys()].sort((a, b) => a - b)) yield slots.get(slot)!;
    }
  }
}

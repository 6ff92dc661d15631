import { ExporterNumbers } from '../netflow/numbers.ts';
import { SequenceTracker } from '../netflow/sequence.ts';

/** What an sFlow decoder keeps at most. */
export interface SflowLimits {
  readonly exporters: number;
  /** Agents (address and sub-agent) behind one exporter's address. */
  readonly agents: number;
  /** Data sources of one agent whose numbers are followed; rows of further ones are counted all the same. */
  readonly sources: number;
  /** Those of all agents. */
  readonly sourcesInAll: number;
  /** An exporter that was silent for so long may make room for another, in milliseconds. */
  readonly idle: number;
  /** The highest sampling rate that counts are scaled by (S7.3). */
  readonly samplingRate: number;
}

export const DEFAULT_SFLOW_LIMITS: SflowLimits = {
  exporters: 4096,
  agents: 64,
  sources: 4096,
  sourcesInAll: 65_536,
  idle: 3_600_000,
  samplingRate: 1_000_000,
};

/** One data source (an interface) of an agent: its sample numbers, and the samples that it dropped itself. */
export class DataSource {
  readonly sequence = new SequenceTracker();
  /** Samples that the agent could not send, for want of resources. */
  dropped = 0;
  #drops = -1;

  /** Takes the cumulative counter of drops of a sample; one that goes back began anew. */
  drops(counter: number): void {
    if (this.#drops >= 0) {
      const more = (counter - this.#drops) | 0;
      this.dropped += more >= 0 ? more : 0;
    }
    this.#drops = counter;
  }
}

/** One agent: an address (four words, IPv4 in the last) and a sub-agent, as its datagrams say. */
export class Agent {
  readonly address = new Int32Array(4);
  readonly subAgent: number;
  readonly sequence = new SequenceTracker();
  readonly sources = new Map<number, DataSource>();
  /** Milliseconds since boot, of the latest datagram; -1: none yet. */
  uptime = -1;

  constructor(subAgent: number) {
    this.subAgent = subAgent;
  }

  /** Samples lost on the way, by the numbers of the data sources, and those that the agent dropped. */
  get lostSamples(): number {
    let lost = 0;
    for (const source of this.sources.values()) lost += source.sequence.lost + source.dropped;
    return lost;
  }
}

/** What sends datagrams from one address. */
export class SflowExporter {
  readonly address: string;
  /** In the `exporter` column of rows. */
  readonly number: number;
  readonly agents: Agent[] = [];
  lastSeen: number;

  constructor(address: string, number: number, now: number) {
    this.address = address;
    this.number = number;
    this.lastSeen = now;
  }
}

/** All exporters, within the limits. Times in milliseconds. */
export class SflowRegistry {
  readonly exporters = new Map<string, SflowExporter>();
  readonly numbers = new ExporterNumbers();
  readonly #limits: SflowLimits;
  #sources = 0;

  constructor(limits: SflowLimits) {
    this.#limits = limits;
  }

  exporter(address: string, now: number): SflowExporter | undefined {
    const known = this.exporters.get(address);
    if (known !== undefined) return known;
    if (this.exporters.size >= this.#limits.exporters && !this.#makeRoom(now)) return undefined;
    const exporter = new SflowExporter(address, this.numbers.of(address), now);
    this.exporters.set(address, exporter);
    return exporter;
  }

  /** The agent with that address, known or made now; undefined when the exporter has too many. */
  agent(exporter: SflowExporter, address: Int32Array, subAgent: number): Agent | undefined {
    for (const agent of exporter.agents) {
      const own = agent.address;
      if (
        agent.subAgent === subAgent &&
        own[3] === address[3] &&
        own[2] === address[2] &&
        own[1] === address[1] &&
        own[0] === address[0]
      )
        return agent;
    }
    if (exporter.agents.length >= this.#limits.agents) return undefined;
    const agent = new Agent(subAgent);
    agent.address.set(address);
    exporter.agents.push(agent);
    return agent;
  }

  /** A data source of an agent; undefined when it has too many. */
  source(agent: Agent, id: number): DataSource | undefined {
    const known = agent.sources.get(id);
    if (known !== undefined) return known;
    const { sources, sourcesInAll } = this.#limits;
    if (agent.sources.size >= sources || this.#sources >= sourcesInAll) return undefined;
    const source = new DataSource();
    this.#sources++;
    agent.sources.set(id, source);
    return source;
  }

  #makeRoom(now: number): boolean {
    for (const exporter of this.exporters.values()) {
      if (exporter.lastSeen >= now - this.#limits.idle) continue;
      for (const agent of exporter.agents) this.#sources -= agent.sources.size;
      return this.exporters.delete(exporter.address);
    }
    return false;
  }
}

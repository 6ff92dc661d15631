/** What recordings follow: the network of the registry, and whose addresses are whose. */
import type { Network } from '../../network/model.ts';
import type { NetworkRegistry } from '../../network/registry.ts';
import type { ServiceRanges } from '../../network/service-ranges.ts';

export class NetworkFeed {
  readonly #registry: Pick<NetworkRegistry, 'network' | 'onChange'>;
  readonly #listeners = new Set<() => void>();
  #services: ServiceRanges | undefined;

  constructor(registry: Pick<NetworkRegistry, 'network' | 'onChange'>, services: ServiceRanges | undefined) {
    this.#registry = registry;
    this.#services = services;
  }

  network(): Network {
    return this.#registry.network();
  }

  /** Of pkt-src-aws-service and pkt-dst-aws-service. */
  services(): ServiceRanges | undefined {
    return this.#services;
  }

  /** Other ranges, from the next version of the network on. False when they are the same. */
  setServices(services: ServiceRanges | undefined): boolean {
    if (services?.digest === this.#services?.digest) return false;
    this.#services = services;
    for (const listener of this.#listeners) listener();
    return true;
  }

  /** Told of every change of either; returns what ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    const stop = this.#registry.onChange(listener);
    return () => {
      this.#listeners.delete(listener);
      stop();
    };
  }
}

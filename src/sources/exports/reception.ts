import type { FlowLossReason } from '../flow-source.ts';
import type { BoundAddress } from './options.ts';

/** A datagram where it lies; good until it is dropped. */
export interface Datagram {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
  readonly family: 4 | 6;
  /** Four words, IPv4 in the last. */
  readonly address: Int32Array;
  /** When it came, in microseconds since the epoch. */
  readonly micros: number;
}

/** A loss of datagrams of nobody knows whom: between which Unix seconds, how many (-1: not known), why. */
export type ReceptionLoss = (from: number, to: number, count: number, reason: FlowLossReason) => void;

/** Where datagrams come from, in order of arrival. */
export interface Reception {
  readonly address: BoundAddress;
  /** The oldest datagram that waits; the same object again and again. */
  peek(): Datagram | undefined;
  /** Lets go of it. */
  drop(): void;
  /** False while something that receives is dead. */
  readonly healthy: boolean;
  /** It was stopped, and nothing more will come. */
  readonly over: boolean;
  /** Asks to be told of the next datagram, or the end. False when there is one already, or it is over. */
  wait(): boolean;
  /** What is called then, and perhaps more often. */
  wake: () => void;
  sampleDrops(): Promise<void>;
  takeLosses(report: ReceptionLoss): void;
  stop(): void;
  close(): Promise<void>;
}

/**
 * What batches of packets and of exported flows have in common: the columns by which their rows are attributed and
 * found again. Both lie as Batch says (capture/batch.ts).
 */
export interface AddressColumns {
  readonly meta: Int32Array;
  readonly src: Int32Array;
  readonly dst: Int32Array;
  readonly ports: Int32Array;
  readonly src6: Int32Array;
  readonly dst6: Int32Array;
}

/** The columns of the link layer. */
export interface LinkColumns extends AddressColumns {
  readonly vlan: Uint16Array;
  readonly tunnel: Uint32Array;
  readonly srcMacHigh: Uint16Array;
  readonly srcMacLow: Uint32Array;
  readonly dstMacHigh: Uint16Array;
  readonly dstMacLow: Uint32Array;
}

/** Event times of a batch. An outlier's is set anew (S3.3). */
export interface TimeColumns {
  readonly count: number;
  readonly time: Uint32Array;
  /** Of exported flows: when they began. */
  readonly start?: Uint32Array;
  minTime: number;
  maxTime: number;
}

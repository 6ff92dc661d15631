/** xorshift32: the same mutations in every run with the same seed, others with its neighbour. */
export function random(seed: number): (below: number) => number {
  let state = Math.imul(seed ^ (seed >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  // Zero would stay zero.
  state = (state ^ (state >>> 16)) | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const INTERESTING = [0, 1, 2, 3, 4, 5, 8, 9, 10, 0x0f, 0x10, 0x40, 0x7f, 0x80, 0xfe, 0xff];

/** A datagram with some bytes changed, copied, taken out or put in, or its end cut off. */
export function mutate(datagram: Uint8Array, next: (below: number) => number): Uint8Array {
  let bytes = Buffer.from(datagram);
  for (let i = 1 + next(5); i > 0 && bytes.length > 8; i--) {
    const at = next(bytes.length);
    switch (next(8)) {
      case 0:
        bytes[at]! ^= 1 << next(8);
        break;
      case 1:
      case 2:
        bytes[at] = INTERESTING[next(INTERESTING.length)]!;
        break;
      case 3:
        bytes.fill(next(2) * 255, at, Math.min(bytes.length, at + 2));
        break;
      case 4:
        bytes.copyWithin(at, next(bytes.length), bytes.length);
        break;
      case 5:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + next(8))]);
        break;
      case 6:
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.of(next(256), next(256)), bytes.subarray(at)]);
        break;
      default:
        if (next(3) === 0) bytes = bytes.subarray(0, at);
        else bytes.fill(0, at, Math.min(bytes.length, at + 1 + next(16)));
    }
  }
  return new Uint8Array(bytes);
}

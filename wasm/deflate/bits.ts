/** The output: bits, the lowest first, from OUTPUT on. */
import { OUTPUT } from './memory';

/** Bits that are not whole bytes yet, how many, and where the next byte goes. Eight bytes from there on may be spoilt. */
export let bits: u64 = 0;
export let held: u64 = 0;
export let position: usize = OUTPUT;

/** Begins a new output, on a byte. */
export function beginOutput(): void {
  setOutput(OUTPUT, 0, 0);
}

/** For loops that keep all three in locals meanwhile. */
export function setOutput(at: usize, value: u64, count: u64): void {
  position = at;
  bits = value;
  held = count;
}

/** Writes up to 32 bits. */
export function put(value: u32, count: u32): void {
  bits |= (value as u64) << held;
  held += count;
  store<u64>(position, bits);
  const whole = held >> 3;
  position += whole as usize;
  bits >>= whole << 3;
  held &= 7;
}

/** Writes a code as CODES in memory have it. */
export function putCode(code: u32): void {
  put(code & 0xffff, code >> 16);
}

/** The head of a stored block (RFC 1951, section 3.2.4): not the last one, type 0, and up to the next byte. */
function beginStored(bytes: u32): void {
  put(0, 3);
  if (held != 0) put(0, (8 - held) as u32);
  store<u32>(position, bytes | (~bytes << 16));
  position += 4;
}

/** Writes bytes as they are, in stored blocks. */
export function putStored(from: usize, bytes: u32): void {
  let at = from;
  for (let left = bytes; left > 0;) {
    const some = min<u32>(left, 0xffff);
    beginStored(some);
    memory.copy(position, at, some as usize);
    position += some as usize;
    at += some as usize;
    left -= some;
  }
}

/** Ends on a byte with a sync flush, an empty stored block; returns how many bytes the output has. */
export function flush(): u32 {
  beginStored(0);
  return (position - OUTPUT) as u32;
}

/** Loaded before everything else: flushing a file below WEIR_SLOW_BELOW takes 100 ms more, on every thread. */
import { readlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const SLOW_MS = 100;
const below = process.env['WEIR_SLOW_BELOW'];

if (below !== undefined) {
  const handle = await open('/dev/null');
  const prototype = Object.getPrototypeOf(handle);
  await handle.close();
  for (const name of ['sync', 'datasync']) {
    const flush = prototype[name];
    prototype[name] = async function (...args) {
      if (readlinkSync(`/proc/self/fd/${this.fd}`).startsWith(below)) await sleep(SLOW_MS);
      return flush.apply(this, args);
    };
  }
}

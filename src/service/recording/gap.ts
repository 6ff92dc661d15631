import { windowOf } from '../../flows/intervals.ts';
import type { Recorder } from '../../flows/recorder.ts';
import { NO_INTERFACE } from '../../network/lookup.ts';
import type { Snapshot } from '../../network/snapshot.ts';
import type { Gap } from '../threads/messages.ts';

/**
 * Says of the interfaces that had traffic when the recording before this one ended that theirs is missing from
 * then through the second of `now`, which this one sees in part (S5.2). Discovered ones are discovered again: this
 * recording knows none yet. Interfaces that the network does not have any more get nothing. Returns how many were
 * told.
 *
 * A recording that ended in good order closed its last window early: what came after, and the window of `now`,
 * may lie in it, so that the gap begins at the window of `now` at the latest.
 */
export function reportGap(recorder: Recorder, snapshot: Snapshot, gap: Gap, now: number): number {
  const numbers = new Set<number>();
  for (const id of gap.declared) numbers.add(snapshot.numberOf(id));
  for (const { vpcId, six, words } of gap.discovered) numbers.add(snapshot.rediscover(vpcId, six, words));
  numbers.delete(NO_INTERFACE);
  const from60 = Math.min(gap.from60, windowOf(now));
  const from600 = Math.min(gap.from600, now - (now % 600));
  for (const number of numbers) {
    recorder.addGap(60, number, from60, now + 1);
    recorder.addGap(600, number, from600, now + 1);
  }
  return numbers.size;
}

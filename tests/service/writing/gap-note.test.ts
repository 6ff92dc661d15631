import { describe, expect, test } from 'vitest';
import type { InterfaceFacts } from '../../../src/network/lookup.ts';
import { GapNote } from '../../../src/service/writing/gap-note.ts';

const facts = (number: number): InterfaceFacts =>
  ({ number, interfaceId: `eni-${String(number).padStart(8, '0')}` }) as InterfaceFacts;

describe('what is noted for a gap', () => {
  test('nothing before there is anything', () => {
    expect(new GapNote().note()).toBeUndefined();
  });

  test('a flush in the first window: all of that window is open still', () => {
    const note = new GapNote();
    note.window(1_800_000_060, facts)(3);
    expect(note.note()).toMatchObject({
      from60: 1_800_000_060,
      from600: 1_800_000_000,
      interfaces: ['eni-00000003'],
    });
  });

  test('the last closed window, and the interval that it is in', () => {
    const note = new GapNote();
    note.window(1_800_000_060, facts)(3);
    note.closed(1_800_000_120);
    expect(note.note()).toMatchObject({ from60: 1_800_000_120, from600: 1_800_000_000 });
    note.end();
    expect(note.note()).toMatchObject({ from60: 1_800_000_120, from600: 1_800_000_120 });
  });

  test('who was silent for two windows is forgotten', () => {
    const note = new GapNote();
    note.window(1_800_000_000, facts)(3);
    note.closed(1_800_000_060);
    expect(note.note()?.interfaces).toEqual(['eni-00000003']);
    note.closed(1_800_000_180);
    expect(note.note()?.interfaces).toEqual([]);
  });
});

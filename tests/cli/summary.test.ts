/** What `weir record` says at its end of what happens rarely. */
import { describe, expect, test } from 'vitest';
import { summaryJson, summaryText } from '../../src/cli/summary.ts';
import { emptyAccount } from '../../src/flows/accounting.ts';
import { noCounters, type RecorderCounters } from '../../src/flows/recorder-options.ts';
import type { RecordSummary } from '../../src/service/record/session.ts';

function summary(recorder: Partial<RecorderCounters>): RecordSummary {
  return {
    decoders: [],
    exports: [],
    faults: [],
    recorder: { ...noCounters(), ...recorder },
    account: emptyAccount(),
    refused: { packets: 0, bytes: 0 },
    attribution: { bound: 0, mac: 0, address: 0 },
    timeOutliers: 0,
    fragmentsUnresolved: 0,
    discovered: 0,
    discoveryFull: 0,
    lostPackets: 0,
    restarts: 0,
    lines: 0,
    readerGone: false,
  };
}

const textLines = (of: RecordSummary): string[] => summaryText(of, 1, undefined).trimEnd().split('\n');

/** The text's lines that stand only where a counter is above 0. */
function added(recorder: Partial<RecorderCounters>): string[] {
  const quiet = textLines(summary({}));
  const lines = textLines(summary(recorder));
  const more = lines.filter((line) => !quiet.includes(line));
  expect(lines).toHaveLength(quiet.length + more.length);
  return more;
}

describe('verdicts that found no room', () => {
  test('have a line of their own', () => {
    expect(added({ verdictOverflow: 1234 })).toEqual([
      'weir: 1,234 verdicts could not be remembered for replies and later packets: more than 262,144 connections had one',
    ]);
  });

  test('stand in the JSON beside those that came late', () => {
    expect(JSON.parse(summaryJson(summary({ verdictLate: 5, verdictOverflow: 7 })))).toMatchObject({
      verdict_late: 5,
      verdict_overflow: 7,
      identity: true,
    });
  });
});

describe('contexts that found no room', () => {
  test('have a line of their own, with what to do', () => {
    expect(added({ contextOverflow: 1234 })).toEqual([
      'weir: 1,234 packets or legs of flows went without their bindings and MAC addresses, or were left out ' +
        'as second legs: more than 65,536 combinations of these; bind fewer interfaces, or declare fewer MAC addresses',
    ]);
  });

  test('stand in the JSON, beside the identity', () => {
    expect(JSON.parse(summaryJson(summary({ contextOverflow: 7 })))).toMatchObject({
      context_overflow: 7,
      verdict_overflow: 0,
      identity: true,
    });
  });
});

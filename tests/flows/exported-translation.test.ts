/** Rows with addresses before and behind a translation: two legs (S7.5). */
import { describe, expect, test } from 'vitest';
import { DROP_DENIED, DROP_OTHER } from '../../src/capture/flow-batch.ts';
import { StatusTracker } from '../../src/flows/status.ts';
import type { TestFlow } from './exported.ts';
import { TestNetwork, TestRun } from './support.ts';

const T = 1_700_000_400;
const INSTANCE = '10.0.1.5';
const PUBLIC = '107.22.182.139';
const SERVER = '203.0.113.5';
const NAT = '192.0.2.1';

/** An instance asks a server through NAT, and is answered. */
const ASK: TestFlow = {
  time: T + 10,
  src: INSTANCE,
  dst: SERVER,
  sport: 40000,
  dport: 443,
  packets: 5,
  bytes: 700,
  ingress: 1,
  egress: 2,
  post: { src: PUBLIC, dst: SERVER, sport: 61000 },
};
const ANSWER: TestFlow = {
  time: T + 11,
  src: SERVER,
  dst: PUBLIC,
  sport: 443,
  dport: 61000,
  packets: 4,
  bytes: 4000,
  ingress: 2,
  egress: 1,
  post: { src: SERVER, dst: INSTANCE, dport: 40000 },
};

function recordFlows(network: TestNetwork, flows: readonly TestFlow[], interval: 60 | 600 = 60): TestRun {
  const run = new TestRun(network, {
    interval,
    trackers: interval === 600 ? [new StatusTracker(600, 0, () => false)] : [],
  });
  run.addFlows(flows, run.point({ exporter: NAT }));
  return run.finish();
}

function legs(run: TestRun): string[] {
  return run.flows
    .map(({ interface: number, side, flow, packets, verdict }) =>
      [number, side, ...flow.split(' ').slice(0, 4), packets, verdict === 2 ? 'REJECT' : ''].join(' ').trim(),
    )
    .toSorted();
}

/** Interfaces 1 (translates, bound), 2 (the instance). */
function bound(...more: string[]): TestNetwork {
  const network = new TestNetwork(['nat', INSTANCE, ...more]);
  network.bound.set(`test * 0 ${NAT}`, 1);
  return network;
}

const FOUR_AND_TWO = [
  `1 ingress ${INSTANCE} ${SERVER} 40000 443 5`,
  `1 egress ${PUBLIC} ${SERVER} 61000 443 5`,
  `1 ingress ${SERVER} ${PUBLIC} 443 61000 4`,
  `1 egress ${SERVER} ${INSTANCE} 443 40000 4`,
  `2 egress ${INSTANCE} ${SERVER} 40000 443 5`,
  `2 ingress ${SERVER} ${INSTANCE} 443 40000 4`,
].toSorted();

describe('translated flows (S7.5)', () => {
  test('four legs at the interface that translates, two at the instance; counted once', () => {
    const run = recordFlows(bound(), [ASK, ANSWER]);
    expect(legs(run)).toEqual(FOUR_AND_TWO);
    expect(run.account).toMatchObject({
      flows: 4,
      recordedPackets: 9,
      recordedBytes: 4700,
      translatedRows: 2,
      translatedPackets: 9,
      translatedBytes: 4700,
      unattributedPackets: 0,
    });
  });

  test('bound by one port alone: the same', () => {
    for (const ifIndex of [1, 2]) {
      const network = new TestNetwork(['nat', INSTANCE]);
      network.bound.set(`test ${ifIndex} 0 ${NAT}`, 1);
      expect(legs(recordFlows(network, [ASK, ANSWER]))).toEqual(FOUR_AND_TWO);
    }
  });

  test('ports of two interfaces: in by the one, out by the other', () => {
    const network = new TestNetwork(['inside', 'outside', INSTANCE]);
    network.bound.set(`test 1 0 ${NAT}`, 1);
    network.bound.set(`test 2 0 ${NAT}`, 2);
    expect(legs(recordFlows(network, [ASK, ANSWER]))).toEqual(
      [
        `1 ingress ${INSTANCE} ${SERVER} 40000 443 5`,
        `2 egress ${PUBLIC} ${SERVER} 61000 443 5`,
        `2 ingress ${SERVER} ${PUBLIC} 443 61000 4`,
        `1 egress ${SERVER} ${INSTANCE} 443 40000 4`,
        `3 egress ${INSTANCE} ${SERVER} 40000 443 5`,
        `3 ingress ${SERVER} ${INSTANCE} 443 40000 4`,
      ].toSorted(),
    );
  });

  test('nothing bound: the addresses tell, and a leg of nobody is left out', () => {
    const run = recordFlows(new TestNetwork([PUBLIC, INSTANCE]), [ASK, ANSWER]);
    expect(legs(run)).toEqual([
      `1 egress ${PUBLIC} ${SERVER} 61000 443 5`,
      `1 ingress ${SERVER} ${PUBLIC} 443 61000 4`,
      `2 egress ${INSTANCE} ${SERVER} 40000 443 5`,
      `2 ingress ${SERVER} ${INSTANCE} 443 40000 4`,
    ]);
    expect(run.account).toMatchObject({ recordedPackets: 9, translatedPackets: 9, unattributedPackets: 0 });
  });

  test('only the leg behind has an interface: that one counts', () => {
    const run = recordFlows(new TestNetwork([INSTANCE]), [ANSWER]);
    expect(legs(run)).toEqual([`1 ingress ${SERVER} ${INSTANCE} 443 40000 4`]);
    expect(run.account).toMatchObject({ flows: 1, recordedPackets: 4, translatedPackets: 0 });
  });

  test('neither has: unattributed, once', () => {
    const run = recordFlows(new TestNetwork(['10.9.9.9']), [ASK]);
    expect(run.flows).toEqual([]);
    expect(run.account).toMatchObject({ flows: 1, unattributedPackets: 5, translatedPackets: 0 });
  });

  test('many connections behind one address and port: each its own leg, the other side added up', () => {
    const run = recordFlows(new TestNetwork([PUBLIC]), [
      ASK,
      { ...ASK, src: '10.0.1.6', packets: 2 },
      { ...ASK, packets: 1, post: { ...ASK.post!, sport: 61001 } },
    ]);
    expect(legs(run)).toEqual([
      `1 egress ${PUBLIC} ${SERVER} 61000 443 7`,
      `1 egress ${PUBLIC} ${SERVER} 61001 443 1`,
    ]);
    expect(run.account).toMatchObject({ recordedPackets: 8, translatedPackets: 0 });
  });

  test('fields that say the same as before are no translation', () => {
    const { post: _, ...plain } = ASK;
    const run = recordFlows(bound(), [{ ...ASK, post: { src: INSTANCE, dst: SERVER } }]);
    expect(legs(run)).toEqual(legs(recordFlows(bound(), [plain])));
    expect(run.account.translatedPackets).toBe(0);
  });

  test('what was refused or lost has the leg before only, unless nobody is there', () => {
    const refused = { verdict: 2, reason: DROP_DENIED } as const;
    expect(legs(recordFlows(bound(), [{ ...ASK, ...refused }]))).toEqual([
      `1 ingress ${INSTANCE} ${SERVER} 40000 443 5 REJECT`,
      `2 egress ${INSTANCE} ${SERVER} 40000 443 5 REJECT`,
    ]);
    expect(legs(recordFlows(bound(), [{ ...ASK, reason: DROP_OTHER }]))).toEqual([
      `1 ingress ${INSTANCE} ${SERVER} 40000 443 5`,
      `2 egress ${INSTANCE} ${SERVER} 40000 443 5`,
    ]);
    expect(legs(recordFlows(new TestNetwork([INSTANCE]), [{ ...ANSWER, ...refused }]))).toEqual([
      `1 ingress ${SERVER} ${INSTANCE} 443 40000 4 REJECT`,
    ]);
  });

  test('NAT64: the leg behind is of the other family, and ICMPv6 is ICMP there', () => {
    const flow: TestFlow = {
      ...ASK,
      protocol: 58,
      src: 'fd00::5',
      dst: '64:ff9b::cb00:7105',
      sport: 0,
      dport: 0,
      post: { src: PUBLIC, dst: SERVER },
    };
    const run = recordFlows(new TestNetwork(['fd00::5', PUBLIC]), [flow, { ...flow, protocol: 6 }]);
    expect(
      run.flows.map(({ interface: number, side, flow: it }) => `${number} ${side} ${it}`).toSorted(),
    ).toEqual(
      [
        '1 egress fd00::5 64:ff9b::cb00:7105 0 0 58',
        '1 egress fd00::5 64:ff9b::cb00:7105 0 0 6',
        `2 egress ${PUBLIC} ${SERVER} 0 0 1`,
        `2 egress ${PUBLIC} ${SERVER} 0 0 6`,
      ].toSorted(),
    );
  });

  test('the same leg, seen in front by another exporter: once, whichever came first', () => {
    const outside: TestFlow = { ...ASK, src: PUBLIC, sport: 61000, packets: 5 };
    const { post: _, ...plain } = outside;
    for (const natFirst of [true, false]) {
      const run = new TestRun(bound(PUBLIC));
      const nat = (): void => run.addFlows([ASK], run.point({ exporter: NAT }));
      if (natFirst) nat();
      run.addFlows([plain], run.point({ exporter: '192.0.2.9' }));
      if (!natFirst) nat();
      run.finish();
      const { account, recorder } = run;
      const { duplicatePackets } = recorder.counters;
      expect(account.recordedPackets + account.duplicatePackets + duplicatePackets).toBe(10);
      // Bound, the leg behind leaves interface 1; the other exporter sees it at the address's own.
      expect(legs(run).filter((line) => line.includes(` ${PUBLIC} ${SERVER} `))).toEqual([
        `1 egress ${PUBLIC} ${SERVER} 61000 443 5`,
        `3 egress ${PUBLIC} ${SERVER} 61000 443 5`,
      ]);
    }
    for (const natFirst of [true, false]) {
      const run = new TestRun(new TestNetwork([PUBLIC, INSTANCE]));
      const nat = (): void => run.addFlows([ASK], run.point({ exporter: NAT }));
      if (natFirst) nat();
      run.addFlows([plain], run.point({ exporter: '192.0.2.9' }));
      if (!natFirst) nat();
      run.finish();
      expect(legs(run)).toEqual([
        `1 egress ${PUBLIC} ${SERVER} 61000 443 5`,
        `2 egress ${INSTANCE} ${SERVER} 40000 443 5`,
      ]);
      expect(run.account).toMatchObject(
        natFirst
          ? { recordedPackets: 5, duplicatePackets: 5, translatedPackets: 5 }
          : { recordedPackets: 10, duplicatePackets: 0, translatedPackets: 0 },
      );
    }
  });

  test('two translating exporters report the same: once', () => {
    const run = new TestRun(new TestNetwork([PUBLIC, INSTANCE]));
    run.addFlows([ASK], run.point({ exporter: NAT }));
    run.addFlows([ASK], run.point({ exporter: '192.0.2.9' }));
    run.finish();
    expect(run.flows.map(({ packets }) => packets)).toEqual([5, 5]);
    expect(run.account).toMatchObject({ recordedPackets: 5, translatedPackets: 5 });
    expect(run.recorder.counters.duplicatePackets).toBe(5);
  });

  test('600 s: the legs of ten windows are added up', () => {
    const flows = Array.from({ length: 10 }, (_, k) => [
      { ...ASK, time: ASK.time + 60 * k },
      { ...ANSWER, time: ANSWER.time + 60 * k },
    ]).flat();
    const run = recordFlows(bound(), flows, 600);
    expect(legs(run)).toEqual(
      FOUR_AND_TWO.map((line) => line.replace(/ (\d+)$/, (_, n) => ` ${10 * Number(n)}`)),
    );
    expect(run.account).toMatchObject({ recordedPackets: 90, translatedPackets: 90 });
  });

  test('a full table waits with both legs, or refuses each: nothing is counted twice', () => {
    const flows = Array.from({ length: 60 }, (_, k): TestFlow => {
      return { ...ASK, sport: k, packets: 1, bytes: 50, post: { ...ASK.post!, sport: 1000 + k } };
    });
    const file = new TestRun(bound(), { tableRows: 7, tables: 2 });
    file.addFlows(flows, file.point({ exporter: NAT }));
    file.finish();
    expect(file.account).toMatchObject({ recordedPackets: 60, translatedPackets: 60 });
    expect(file.flows).toHaveLength(180);
    const live = new TestRun(bound(), { live: true, tableRows: 7, tables: 1, keepTables: true });
    live.addFlows(flows, live.point({ exporter: NAT, live: true }, T));
    live.finish();
    const { refusedPackets, refusedTranslatedPackets } = live.recorder.attribution;
    expect(refusedPackets).toBeGreaterThan(0);
    expect(live.account.recordedPackets + refusedPackets).toBe(60);
    expect(live.account.translatedPackets + refusedTranslatedPackets).toBe(60);
  });
});

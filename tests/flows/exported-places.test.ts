/** Where exported flows belong: by ports, VLANs, tunnels and addresses. */
import { describe, expect, test } from 'vitest';
import { A, B, FLOW, OUT, recordFlows, ROUTER, shortLines, T } from './exported-flows.ts';
import { TestNetwork, type TestPacket, TestRun } from './support.ts';

describe('whose flows they are (S2.2)', () => {
  test('bound ports: into the one is its ingress, out of the other its egress', () => {
    const network = new TestNetwork(['inside', 'outside', A, B]);
    network.bound.set(`test 1 0 ${ROUTER}`, 1);
    network.bound.set(`test 2 0 ${ROUTER}`, 2);
    const run = recordFlows(network, [
      { ...FLOW, ingress: 1, egress: 2 },
      { ...FLOW, ingress: 1, egress: 9, packets: 7 },
      { ...FLOW, ingress: 9, egress: 2, packets: 8 },
      { ...FLOW, ingress: 9, egress: 8, packets: 9 },
    ]);
    expect(shortLines(run)).toEqual(
      [
        `1 ingress ${A} ${B} 5`,
        `2 egress ${A} ${B} 5`,
        `1 ingress ${A} ${B} 7`,
        `3 egress ${A} ${B} 7`,
        `2 egress ${A} ${B} 8`,
        `4 ingress ${A} ${B} 8`,
        `3 egress ${A} ${B} 9`,
        `4 ingress ${A} ${B} 9`,
      ].toSorted(),
    );
    expect(run.recorder.attribution).toMatchObject({ bound: 4, address: 4, mac: 0 });
  });

  test('one exporter’s ports are not those of another', () => {
    const network = new TestNetwork(['port', A, B]);
    network.bound.set(`test 1 0 ${ROUTER}`, 1);
    const run = new TestRun(network);
    run.addFlows([{ ...FLOW, ingress: 1 }], run.point({ exporter: '192.0.2.2' }));
    run.finish();
    expect(shortLines(run)).toEqual([`2 egress ${A} ${B} 5`, `3 ingress ${A} ${B} 5`]);
  });

  test('an interface bound to the exporter as a whole: its addresses, its service, the direction', () => {
    const network = new TestNetwork([A]);
    network.bound.set(`test * 0 ${ROUTER}`, 1);
    network.served.set(1, new Set(['10.0.0.7']));
    const run = recordFlows(network, [
      { ...FLOW, src: A, dst: OUT, packets: 1, direction: 'in' },
      { ...FLOW, src: OUT, dst: A, packets: 2, direction: 'in' },
      { ...FLOW, src: '10.0.0.7', dst: OUT, packets: 3, direction: 'in' },
      { ...FLOW, src: OUT, dst: '10.0.0.7', packets: 4, direction: 'in' },
      { ...FLOW, src: OUT, dst: '203.0.113.8', packets: 5, direction: 'in' },
      { ...FLOW, src: OUT, dst: '203.0.113.7', packets: 6 },
    ]);
    expect(shortLines(run)).toEqual(
      [
        `1 egress ${A} ${OUT} 1`,
        `1 ingress ${OUT} ${A} 2`,
        `1 ingress 10.0.0.7 ${OUT} 3`,
        `1 egress ${OUT} 10.0.0.7 4`,
        `1 ingress ${OUT} 203.0.113.8 5`,
      ].toSorted(),
    );
    expect(run.account.unattributedPackets).toBe(6);
  });

  test('VLAN and tunnel bindings, and MAC addresses where nothing is bound', () => {
    const network = new TestNetwork(['vlan', 'tunnel', 'mac', A, B]);
    network.bound.set(`test 3 100 ${ROUTER}`, 1);
    network.bound.set(`test 3 0 ${ROUTER} tunnel 77`, 2);
    network.macs.set(0xabc, 3);
    const run = recordFlows(network, [
      { ...FLOW, ingress: 3, vlan: 100, packets: 1 },
      { ...FLOW, ingress: 3, tunnel: 77, packets: 2 },
      { ...FLOW, ingress: 3, tunnel: 78, packets: 3 },
      { ...FLOW, ingress: 3, packets: 4, macs: [0xabc, 0xdef] },
    ]);
    expect(shortLines(run)).toEqual(
      [
        `1 ingress ${A} ${B} 1`,
        `4 egress ${A} ${B} 1`,
        `2 ingress ${A} ${B} 2`,
        `4 egress ${A} ${B} 2`,
        `4 egress ${A} ${B} 3`,
        `5 ingress ${A} ${B} 3`,
        `3 egress ${A} ${B} 4`,
        `5 ingress ${A} ${B} 4`,
      ].toSorted(),
    );
    expect(run.recorder.attribution).toMatchObject({ bound: 2, mac: 1 });
  });

  test('tunnels of packets decide too', () => {
    const network = new TestNetwork(['tunnel', A, B]);
    network.bound.set('test 0 0 tunnel 77', 1);
    const packet: TestPacket = { time: T, src: A, dst: B, direction: 'in' };
    const run = new TestRun(network);
    run.add(
      [
        { ...packet, tunnel: 77 },
        { ...packet, tunnel: 78 },
        { ...packet, tunnel: 78 },
        { ...packet, tunnel: 77 },
      ],
      run.point(),
    );
    run.finish();
    expect(shortLines(run)).toEqual([
      `1 ingress ${A} ${B} 2`,
      `2 egress ${A} ${B} 2`,
      `2 egress ${A} ${B} 2`,
      `3 ingress ${A} ${B} 2`,
    ]);
  });

  test('ports, and VLANs of packets, may see other VPCs than the source (S2.1)', () => {
    class TwoSpaces extends TestNetwork {
      override find4(scope: number, address: number): number {
        const number = super.find4(scope, address);
        return number === 0 ? 0 : 2 * scope + number;
      }
    }
    const network = new TwoSpaces([A, B]);
    network.scopes.push(Int32Array.of(3, 4));
    network.scopeByIndex.set(7, 1);
    const run = new TestRun(network);
    const point = run.point({ exporter: ROUTER });
    run.addFlows(
      [
        { ...FLOW, ingress: 1, egress: 2, packets: 1 },
        { ...FLOW, ingress: 7, egress: 2, packets: 2 },
        { ...FLOW, ingress: 1, egress: 7, packets: 3 },
      ],
      point,
    );
    const fragment = { src: A, dst: B, protocol: 17, time: T, bytes: 1 };
    run.add(
      [
        { ...fragment, ifIndex: 7, sport: 1, dport: 2, fragment: { id: 5, first: true } },
        { ...fragment, ifIndex: 1, fragment: { id: 5, first: false } },
        { ...fragment, ifIndex: 7, fragment: { id: 5, first: false } },
      ],
      run.point(),
    );
    run.finish();
    expect(run.flows.map((it) => `${it.interface} ${it.side} ${it.flow} ${it.packets}`).toSorted()).toEqual(
      [
        `1 egress ${A} ${B} 1000 80 6 1`,
        `2 ingress ${A} ${B} 1000 80 6 1`,
        `3 egress ${A} ${B} 1000 80 6 5`,
        `4 ingress ${A} ${B} 1000 80 6 5`,
        `1 egress ${A} ${B} 0 0 17 1`,
        `2 ingress ${A} ${B} 0 0 17 1`,
        `3 egress ${A} ${B} 1 2 17 2`,
        `4 ingress ${A} ${B} 1 2 17 2`,
      ].toSorted(),
    );
  });
});

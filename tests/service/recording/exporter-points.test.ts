/** Points of more exporters than a source tells apart. */
import { expect, test } from 'vitest';
import type { Point } from '../../../src/flows/contexts.ts';
import { ExporterPoints, type FlowRecorder } from '../../../src/service/recording/exporter-points.ts';
import { FakeFlows } from './fake-flows.ts';

test('exporters past the bound share a point, and what one of them loses is lost there', () => {
  const lost: string[] = [];
  const recorder: FlowRecorder = {
    addPoint: ({ exporter }) => ({ exporter }) as Point,
    addFlows: () => 0,
    setHealthy: () => {},
    lose: ({ exporter }, from, to) => lost.push(`${exporter} ${from} ${to}`),
  };
  const points = new ExporterPoints(new FakeFlows('routers'), recorder, () => ({
    scope: 0,
    graceSeconds: 20,
  }));
  for (let k = 0; k < 4098; k++) points.take(k, 1, 0);
  const loss = { from: 60, to: 120, count: 7, reason: 'sequence_gap' } as const;
  points.lose({ ...loss, exporter: 5 });
  points.lose({ ...loss, exporter: 4097 });
  expect(lost).toEqual(['192.0.2.5 60 120', ' 60 120']);
  expect(points.tallies).toHaveLength(4097);
  expect(points.tallies.at(-1)).toEqual({ address: '', rows: 2, lost: { sequence_gap: 7 } });
});

import { describe, expect, test } from 'vitest';
import { Log } from '../../src/base/reporter-log.ts';
import { Metrics, type Sample } from '../../src/base/reporter-metrics.ts';
import { Reporter } from '../../src/base/reporter.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

function logAt(time: { now: number } = { now: NOW }): { log: Log; lines: () => Record<string, unknown>[] } {
  const written: string[] = [];
  const log = new Log(
    (line) => written.push(line),
    () => time.now,
  );
  return { log, lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('the log', () => {
  test('is one JSON object a line', () => {
    const { log, lines } = logAt();
    log.write('warn', 'a thing', { id: 'fl-1', count: 3 });
    expect(lines()).toEqual([
      { level: 'warn', time: '2026-01-02T03:04:05.000Z', id: 'fl-1', count: 3, message: 'a thing' },
    ]);
  });

  test('never shows a secret that slipped into its fields', () => {
    const { log, lines } = logAt();
    const secret = 'wJalrXUtnFEMI';
    log.write('info', 'x', {
      secret,
      key: { id: 'AKIA1', secret, secretAccessKey: secret },
      authorization: secret,
    });
    expect(JSON.stringify(lines())).not.toContain(secret);
    expect(lines()[0]).toMatchObject({ key: { id: 'AKIA1' } });
  });

  test('has the stack of a fault', () => {
    const { log, lines } = logAt();
    log.fault(new TypeError('oops'), { requestId: 'r' });
    expect(lines()[0]).toMatchObject({
      level: 'error',
      message: 'oops',
      requestId: 'r',
      stack: expect.stringContaining('reporter.test'),
    });
  });

  test('holds back what repeats, and says how much when it goes on', () => {
    const time = { now: NOW };
    const { log, lines } = logAt(time);
    for (let n = 0; n < 100; n++) log.write('error', 'again', { n });
    log.write('error', 'another');
    expect(lines()).toHaveLength(11);
    expect([log.counts.error, log.suppressed]).toEqual([101, 90]);
    time.now += 30_000;
    log.write('error', 'again', { n: 100 });
    expect(lines().at(-1)).toMatchObject({ message: 'again', n: 100, suppressed: 90 });
  });

  test('leaves out what is below its minimum', () => {
    const { log, lines } = logAt();
    log.minimum = 'warn';
    log.write('info', 'chatter');
    log.write('warn', 'trouble');
    expect(lines().map((line) => line['message'])).toEqual(['trouble']);
  });
});

describe('metrics', () => {
  test('are read when they are asked for', async () => {
    const metrics = new Metrics();
    let total = 1;
    metrics.counter({ name: 'things_total', help: 'Things.', labels: ['kind'] }, () => [
      [total, 'a'],
      [2, 'b'],
    ]);
    metrics.gauge({ name: 'level', help: 'Level.' }, () => [[-0.5]]);
    const observe = metrics.histogram({ name: 'wait_seconds', help: 'Waits.' }, [1, 2]);
    observe(1.5);
    expect(await metrics.text()).toContain('weir_things_total{kind="a"} 1\nweir_things_total{kind="b"} 2\n');
    total = 5;
    const text = await metrics.text();
    expect(text).toContain('# HELP weir_things_total Things.\n# TYPE weir_things_total counter\n');
    expect(text).toContain('weir_things_total{kind="a"} 5\n');
    expect(text).toContain('weir_level -0.5\n');
    expect(text).toContain('weir_wait_seconds_bucket{le="2"} 1\n');
  });

  test('go without a count that is none', async () => {
    const metrics = new Metrics();
    metrics.counter({ name: 'odd_total', help: 'Odd.', labels: ['of'] }, () => [
      [Number.NaN, 'a'],
      [-1, 'b'],
      [3, 'c'],
    ]);
    expect((await metrics.text()).match(/^weir_odd.*$/gm)).toEqual(['weir_odd_total{of="c"} 3']);
  });

  test('have names by the rules', () => {
    const metrics = new Metrics();
    const none = (): Sample[] => [];
    expect(() => metrics.counter({ name: 'things', help: '' }, none)).toThrow(/_total/);
    expect(() => metrics.gauge({ name: 'things_total', help: '' }, none)).toThrow(/_total/);
    expect(() => metrics.gauge({ name: 'Things', help: '' }, none)).toThrow(RangeError);
  });

  test('of two reporters do not meet, their log lines do', async () => {
    const { log } = logAt();
    const [a, b] = [new Reporter(log), new Reporter(log)];
    a.metrics.gauge({ name: 'mine', help: 'Mine.' }, () => [[1]]);
    a.log('warn', 'x');
    expect(await b.metrics.text()).not.toContain('weir_mine');
    expect(await b.metrics.text()).toContain('weir_log_lines_total{level="warn"} 1\n');
  });
});

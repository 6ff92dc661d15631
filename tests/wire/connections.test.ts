import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { Connections } from '../../src/wire/connections.ts';

/** A socket as far as Connections knows one. */
class StandInSocket extends EventEmitter {
  destroyed = false;
  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit('close');
  }
  destroySoon(): void {
    this.destroy();
  }
}

function socket(): StandInSocket & Socket {
  return new StandInSocket() as unknown as StandInSocket & Socket;
}

describe('Connections', () => {
  test('the quietest makes room; one that a handler works for does not', () => {
    const connections = new Connections(2);
    const [a, b, c, d] = [socket(), socket(), socket(), socket()];
    expect(connections.add(a)).toBe(0);
    expect(connections.add(b)).toBe(0);
    connections.handling(a, true);
    expect(connections.add(c)).toBe(1);
    expect([a.destroyed, b.destroyed, c.destroyed]).toEqual([false, true, false]);
    // a has just been answered: c has been quiet for longer.
    connections.handling(a, false);
    expect(connections.add(d)).toBe(1);
    expect([a.destroyed, c.destroyed, d.destroyed]).toEqual([false, true, false]);
    expect(connections.size).toBe(2);
  });

  test('when a handler works for every one, the newcomer is closed', () => {
    const connections = new Connections(1);
    const [a, b] = [socket(), socket()];
    connections.add(a);
    connections.handling(a, true);
    expect(connections.add(b)).toBe(1);
    expect([a.destroyed, b.destroyed]).toEqual([false, true]);
    expect(connections.size).toBe(1);
  });

  test('a queued request moves its connection behind the silent ones', () => {
    const connections = new Connections(2);
    const [a, b, c] = [socket(), socket(), socket()];
    connections.add(a);
    connections.add(b);
    connections.queue(a, () => Promise.resolve());
    connections.add(c);
    expect([a.destroyed, b.destroyed]).toEqual([false, true]);
  });

  test('jobs of one connection run one after the other', async () => {
    const connections = new Connections(2);
    const a = socket();
    connections.add(a);
    const log: string[] = [];
    const gate = Promise.withResolvers<void>();
    connections.queue(a, async () => {
      log.push('first in');
      await gate.promise;
      log.push('first out');
    });
    const second = new Promise<void>((resolve) => {
      connections.queue(a, async () => {
        log.push('second');
        resolve();
      });
    });
    await Promise.resolve();
    expect(connections.pending(a)).toBe(2);
    expect(log).toEqual(['first in']);
    gate.resolve();
    await second;
    expect(log).toEqual(['first in', 'first out', 'second']);
    await new Promise((resolve) => setImmediate(resolve));
    expect(connections.isBusy(a)).toBe(false);
  });

  test('stop closes idle connections at once and busy ones behind their last answer', async () => {
    const connections = new Connections(2);
    const [a, b] = [socket(), socket()];
    connections.add(a);
    connections.add(b);
    const gate = Promise.withResolvers<void>();
    connections.queue(b, () => gate.promise);
    connections.stop();
    expect([a.destroyed, b.destroyed]).toEqual([true, false]);
    gate.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(b.destroyed).toBe(true);
    expect(connections.size).toBe(0);
  });
});

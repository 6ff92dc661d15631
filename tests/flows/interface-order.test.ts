import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { InterfaceOrder } from '../../src/flows/interface-order.ts';
import { DISCOVERED_BASE, type InterfaceDirectory } from '../../src/network/lookup.ts';

/** Discovered interfaces as (IPv4 address or -1 for another family, order among equals). */
class Directory implements InterfaceDirectory {
  readonly version = 1;
  readonly discovered: { readonly address: number; readonly tie: number }[] = [];

  facts(): never {
    throw new Error('not asked');
  }

  discovered4(number: number): number {
    return this.discovered[number - DISCOVERED_BASE]!.address;
  }

  compare(a: number, b: number): number {
    const [x, y] = [this.discovered[a - DISCOVERED_BASE]!, this.discovered[b - DISCOVERED_BASE]!];
    if (x.address < 0 !== y.address < 0) return x.address < 0 ? 1 : -1;
    return x.address - y.address || x.tie - y.tie;
  }
}

test('ranks follow the directory, whenever interfaces were discovered', () => {
  const address = fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 20 }), fc.constant(0xffffffff));
  const windows = fc.array(fc.array(address, { maxLength: 30 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(windows, fc.infiniteStream(fc.integer()), (found, ties) => {
      const directory = new Directory();
      const order = new InterfaceOrder(directory);
      for (const addresses of found) {
        for (const it of addresses) directory.discovered.push({ address: it, tie: ties.next().value! });
        order.begin();
        const numbers = directory.discovered.map((_, k) => DISCOVERED_BASE + k);
        for (const number of [3, 1, ...numbers]) order.note(number, undefined);
        order.rank();
        expect(order.size).toBe(numbers.length + 2);
        expect([order.rankOf(1), order.rankOf(3)]).toEqual([0, 1]);
        const ranked = numbers.toSorted((a, b) => order.rankOf(a) - order.rankOf(b));
        for (let i = 1; i < ranked.length; i++) {
          expect(directory.compare(ranked[i - 1]!, ranked[i]!)).toBeLessThanOrEqual(0);
        }
      }
    }),
    { interruptAfterTimeLimit: 2000, markInterruptAsFailure: false },
  );
});

test('interfaces that are not admitted have no rank, and are asked about once a window', () => {
  const order = new InterfaceOrder(new Directory());
  const asked: number[] = [];
  const admits = (number: number): boolean => {
    asked.push(number);
    return number !== 2;
  };
  order.begin();
  expect([1, 2, 1, 2].map((number) => order.note(number, admits))).toEqual([true, false, true, false]);
  order.rank();
  expect(asked).toEqual([1, 2]);
  expect(order.size).toBe(1);
});

import { expect, test } from 'vitest';
import { parseIPv4 } from '../../../src/base/addresses.ts';
import { NO_INTERFACE } from '../../../src/network/lookup.ts';
import { Snapshot } from '../../../src/network/snapshot.ts';
import { InterfaceNames } from '../../../src/service/writing/interface-names.ts';
import { Versions } from '../../../src/service/writing/versions.ts';
import { anInterface, idOf, networkOf } from '../../network/builders.ts';

test('an interface that came with a later version holds no address in windows before it (S3.7)', () => {
  const first = anInterface(1, { primary4: parseIPv4('10.0.0.1') });
  const second = anInterface(2, { primary4: parseIPv4('10.0.0.2') });
  const before = Snapshot.build(networkOf({ interfaces: [first] }), { version: 1, scopes: 'all' });
  const after = Snapshot.build(networkOf({ interfaces: [first, second] }), {
    version: 2,
    scopes: 'all',
    previous: before,
  });
  expect(after.factsVersion).toBe(1); // what was there says the same: one Facts serves both
  const versions = new Versions(new InterfaceNames());
  versions.add(1, before.handle());
  versions.add(2, after.handle());
  const holders = (version: number): number[] => {
    const facts = versions.factsAt({ version, factsVersion: 1 });
    return ['10.0.0.1', '10.0.0.2'].map((address) =>
      facts.holderOf(idOf('vpc', 1), false, 0, 0, 0, parseIPv4(address)!),
    );
  };
  expect(holders(1)).toEqual([1, NO_INTERFACE]);
  expect(holders(2)).toEqual([1, 2]);
  expect(holders(1)).toEqual([1, NO_INTERFACE]);
});

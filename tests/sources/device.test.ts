import { describe, expect, test } from 'vitest';
import { UsageError, UserError } from '../../src/base/errors.ts';
import { checkDeviceExists, checkDeviceName, interfaceNames, isNflog } from '../../src/sources/device.ts';

describe('names', () => {
  test.each(['lo', 'eth0', 'enp0s31f6', 'wlp3s0', 'br-0a1b2c3d4e5f', 'eth0.100', 'veth@x', 'any', 'a'])(
    '%s is one',
    (name) => {
      expect(() => checkDeviceName(name)).not.toThrow();
      expect(isNflog(name)).toBe(false);
    },
  );

  test.each(['nflog:0', 'nflog:5', 'nflog:65535'])('%s is an NFLOG group', (name) => {
    expect(() => checkDeviceName(name)).not.toThrow();
    expect(isNflog(name)).toBe(true);
  });

  test.each([
    ['', 'empty'],
    ['-i', 'dash'],
    ['--help', 'dash'],
    ['-w/etc/passwd', 'dash'],
    ['.', 'directory'],
    ['..', 'directory'],
    ['a/b', 'slash'],
    ['../../x', 'slash'],
    ['sixteencharacter', 'longer than 15'],
    ['eth 0', 'space'],
    ['eth0\n', 'space'],
    ['eth\0', 'space'],
    ['ethé', 'outside ASCII'],
    ['eth0:1', 'colon'],
    ['nflog:', 'NFLOG'],
    ['nflog:65536', 'NFLOG'],
    ['nflog:-1', 'NFLOG'],
    ['nflog:05', 'NFLOG'],
    ['nflog:1,2', 'NFLOG'],
    ['nflog:5 -w x', 'NFLOG'],
  ])('%j is refused: %s', (name, word) => {
    expect(() => checkDeviceName(name)).toThrow(UsageError);
    expect(() => checkDeviceName(name)).toThrow(word);
  });
});

describe('interfaces of this machine', () => {
  test('the loopback interface is there', () => {
    expect(interfaceNames()).toContain('lo');
    for (const name of ['lo', 'any', 'nflog:3']) expect(() => checkDeviceExists(name)).not.toThrow();
  });

  test('a name that tcpdump would take for something else is not', () => {
    for (const name of ['1', 'dbus-system', 'nope0']) {
      expect(() => checkDeviceExists(name)).toThrow(UserError);
      expect(() => checkDeviceExists(name)).toThrow(`there is no interface ${name} here; there are `);
    }
  });
});

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  hashedId,
  ID_PREFIXES,
  isAccountId,
  isId,
  isRegion,
  isSublocationId,
  isZoneId,
  kindOfId,
  parseMac,
  type IdKind,
} from '../../src/network/ids.ts';

const kinds = Object.entries(ID_PREFIXES) as [IdKind, string][];

describe('resource ids', () => {
  test.each(kinds)('%s: %s- and 8 or 17 hex digits', (kind, prefix) => {
    expect(isId(kind, `${prefix}-0a1b2c3d`)).toBe(true);
    expect(isId(kind, `${prefix}-0a1b2c3d4e5f60718`)).toBe(true);
    expect(kindOfId(`${prefix}-0a1b2c3d`)).toBe(kind);
    for (const bad of [
      '0a1b2c3',
      '0a1b2c3d4',
      '0A1B2C3D',
      '0a1b2c3g',
      '0a1b2c3d4e5f607180',
      '',
      '0a1b2c3d\n',
    ]) {
      expect(isId(kind, `${prefix}-${bad}`)).toBe(false);
    }
    expect(isId(kind, ` ${prefix}-0a1b2c3d`)).toBe(false);
  });
  test('an attachment is no transit gateway', () => {
    expect(isId('transitGateway', 'tgw-attach-0a1b2c3d')).toBe(false);
    expect(kindOfId('tgw-attach-0a1b2c3d')).toBe('transitGatewayAttachment');
  });
  test.each(['xyz-0a1b2c3d', 'vpc_0a1b2c3d', '../vpc-0a1b2c3d', ''])('"%s" is of no kind', (text) => {
    expect(kindOfId(text)).toBeUndefined();
  });
  test('made of a text by SHA-256', () => {
    const hex = createHash('sha256').update('vpc-0a1b2c3d 10.0.0.1').digest('hex');
    expect(hashedId('interface', 'vpc-0a1b2c3d 10.0.0.1')).toBe(`eni-${hex.slice(0, 17)}`);
    expect(isId('interface', hashedId('interface', 'x'))).toBe(true);
  });
});

describe('names', () => {
  test.each([
    [
      isAccountId,
      ['123456789012', '000000000000'],
      ['12345678901', '1234567890123', '12345678901x', '１２３４５６７８９０１２'],
    ],
    [
      isRegion,
      ['eu-central-1', 'us-gov-west-1', 'dc1', 'home'],
      ['', 'EU', 'eu_1', '-eu', 'eu-', 'a/b', 'a..b', 'x'.repeat(64)],
    ],
    [
      isZoneId,
      ['use1-az1', 'usw2-lax1-az1', 'use1-wl1-bos-wlz1'],
      ['eu', 'euc1-', 'EUC1-AZ1', 'a b-c', 'a-b-c-d-e-f'],
    ],
    [
      isSublocationId,
      ['op-0a1b2c3d4e5f60718', 'usw2-lax1-az1'],
      ['', 'a b', '../x', '.x', 'x'.repeat(65), 'a/b'],
    ],
  ] as const)('%o', (check, good, bad) => {
    expect(good.filter((text) => !check(text))).toEqual([]);
    expect(bad.filter((text) => check(text))).toEqual([]);
  });
});

describe('MAC addresses', () => {
  test('as 16 high and 32 low bits', () => {
    expect(parseMac('02:42:ac:11:00:02')).toEqual({ high: 0x0242, low: 0xac110002 });
    expect(parseMac('FE:FF:FF:FF:FF:FF')).toEqual({ high: 0xfeff, low: 0xffffffff });
  });
  test.each([
    '',
    '02:42:ac:11:00',
    '02-42-ac-11-00-02',
    '02:42:ac:11:00:0g',
    '01:00:5e:00:00:01',
    'ff:ff:ff:ff:ff:ff',
    '00:00:00:00:00:00',
  ])('"%s" is none of one station', (text) => {
    expect(parseMac(text)).toBeUndefined();
  });
});

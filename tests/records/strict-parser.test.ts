import { describe, expect, test } from 'vitest';
import { TRANSIT_GATEWAY_FIELDS, VPC_FIELDS, defaultFieldsOf } from '../../src/records/catalogue.ts';
import { parseStrict, parseStrictText, strictFields } from '../reference/strict-parser.ts';

const V2 = defaultFieldsOf('vpc').map((field) => field.id);
const GOOD =
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK';

test('knows the fields of both catalogues', () => {
  expect([...strictFields('vpc')].sort()).toEqual(VPC_FIELDS.map((field) => field.id).sort());
  expect([...strictFields('transit-gateway')].sort()).toEqual(
    TRANSIT_GATEWAY_FIELDS.map((field) => field.id).sort(),
  );
});

describe('published lines', () => {
  test.each([
    GOOD,
    '2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA',
    '2 123456789010 eni-11111111aaaaaaaaa - - - - - - - 1431280876 1431280934 - SKIPDATA',
    '2 123456789010 eni-1235b8ca123456789 172.31.16.139 203.0.113.12 0 0 1 4 336 1432917094 1432917142 REJECT OK',
    '2 123456789010 eni-1235b8ca123456789 2001:db8:1234:a100:8d6e:3477:df66:f105 2001:db8:1234:a102:3304:8879:34cf:4071 34892 22 6 54 8855 1477913708 1477913820 ACCEPT OK',
  ])('%s', (line) => {
    expect([...parseStrict(line, V2).values()].join(' ')).toBe(line);
  });

  test('a text with a header', () => {
    expect(parseStrictText(`${V2.join(' ')}\n${GOOD}\n${GOOD}\n`, V2, 'vpc', true)).toHaveLength(2);
    expect(parseStrictText('', V2)).toEqual([]);
    expect(() => parseStrictText(GOOD, V2)).toThrow('no end');
    expect(() => parseStrictText(`${GOOD}\n`, V2, 'vpc', true)).toThrow('header');
  });
});

describe('faults', () => {
  test.each<[string, string]>([
    [GOOD.replace('22 6', '22  6'), 'a space too many'],
    [` ${GOOD}`, 'a space too many'],
    [`${GOOD} `, 'a space too many'],
    [`${GOOD} -`, '15 columns, not 14'],
    [GOOD.replace(' 6 ', ' tcp '), 'protocol is tcp'],
    [GOOD.replace(' 6 ', ' 256 '), 'protocol is 256'],
    [GOOD.replace(' 20 ', ' 20.0 '), 'packets is 20.0'],
    [GOOD.replace(' 20 ', ' 020 '), 'packets is 020'],
    [GOOD.replace(' 20 ', ' - '), 'packets is -'],
    [GOOD.replace('ACCEPT', 'accept'), 'action is accept'],
    [GOOD.replace('OK', 'OK\t'), 'printable'],
    [GOOD.replace('2 1', '3 1'), 'version is 3'],
    [GOOD.replace('172.31.16.21', '::1'), 'two families'],
    [GOOD.replace('172.31.16.21', '172.31.16.021'), 'dstaddr is'],
    [GOOD.replace('1418530070', '1418530009'), 'ends before'],
    [GOOD.replace(' OK', ' NODATA'), 'in NODATA'],
    [GOOD.replace(' 6 ', ' 1 '), 'ICMP with ports'],
    [GOOD.replace(' 4249 ', ' - '), 'no bytes of an accepted flow'],
  ])('%s', (line, fault) => {
    expect(() => parseStrict(line, V2)).toThrow(fault);
  });

  test.each<[string, string, string]>([
    ['flow-direction traffic-path', 'ingress 1', 'a path of ingress'],
    ['traffic-path', '9', 'traffic-path is 9'],
    ['encryption-status', '4', 'encryption-status is 4'],
    ['action reject-reason', 'ACCEPT BPA', 'a reason'],
    ['reject-reason', 'NACL', 'reject-reason is NACL'],
    ['bytes log-status reject-reason', '10 OK BPA', 'bytes of what'],
    ['bytes log-status reject-reason', '- OK EC', 'no bytes'],
    ['tcp-flags', '8', 'tcp-flags is 8'],
    ['tcp-flags protocol', '2 17', 'flags without TCP'],
    ['interface-type', 'interface', 'interface-type is interface'],
    ['instance-tag', 'my-app', 'instance-tag is my-app'],
    ['instance-tag', '%c3', 'instance-tag is %c3'],
    ['instance-tag', '%C3', 'instance-tag is %C3'],
    ['next-hop-az-id log-status', 'euc1-az1 NODATA', 'in NODATA'],
    ['log-status', '-', 'log-status is -'],
    ['srcaddr srcaddr', '10.0.0.1 10.0.0.1', 'twice'],
    ['tgw-id', 'tgw-0a12bc34de56f7890', 'no field tgw-id'],
  ])('%s: %s', (ids, line, fault) => {
    expect(() => parseStrict(line, ids.split(' '))).toThrow(fault);
  });

  test('only ACK is 0 in transit gateway records', () => {
    expect(parseStrict('0 3 24', ['tcp-flags', 'version', 'srcport'], 'transit-gateway').size).toBe(3);
    expect(() => parseStrict('16', ['tcp-flags'], 'transit-gateway')).toThrow('tcp-flags is 16');
  });
});

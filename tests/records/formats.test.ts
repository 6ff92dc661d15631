import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fieldsOf } from '../../src/records/catalogue.ts';
import type { FormatKind } from '../../src/records/catalogue.ts';
import { MAX_FORMAT_LENGTH, defaultLogFormat, parseLogFormat } from '../../src/records/formats.ts';
import type { FormatError, LogFormat } from '../../src/records/formats.ts';

const BUDGET = { interruptAfterTimeLimit: 1500, markInterruptAsFailure: false };

function parsed(text: string, kind: FormatKind = 'vpc'): LogFormat {
  const result = parseLogFormat(text, { kind });
  if (!result.ok) throw new Error(result.message);
  return result.format;
}

function refused(text: string, kind: FormatKind = 'vpc'): FormatError {
  const result = parseLogFormat(text, { kind });
  if (result.ok) throw new Error(`accepted: ${text}`);
  return result;
}

describe('formats that keep the rules', () => {
  test('the default formats, as DescribeFlowLogs returns them', () => {
    const vpc = defaultLogFormat('vpc');
    expect(vpc.text).toBe(
      '${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ' +
        '${packets} ${bytes} ${start} ${end} ${action} ${log-status}',
    );
    expect(vpc.version).toBe(2);
    expect(parsed(vpc.text)).toEqual(vpc);
    const gateway = defaultLogFormat('transit-gateway');
    expect(gateway.version).toBe(6);
    expect(parsed(gateway.text, 'transit-gateway')).toEqual(gateway);
  });

  test.each([
    ['${srcaddr}', 2],
    ['${log-status} ${version}', 2],
    ['${version} ${tcp-flags}', 3],
    ['${az-id} ${srcaddr}', 4],
    ['${traffic-path} ${vpc-id}', 5],
    ['${ecs-task-id}', 7],
    ['${reject-reason} ${ecs-task-id}', 8],
    ['${resource-id}', 9],
    ['${encryption-status}', 10],
    ['${interface-type} ${encryption-status}', 11],
  ])('%s has version %i', (text, version) => {
    expect(parsed(text)).toMatchObject({ version, text });
  });

  test('a format with all fields fits the length bound with room', () => {
    for (const kind of ['vpc', 'transit-gateway'] as const) {
      const text = fieldsOf(kind)
        .map((field) => `\${${field.id}}`)
        .join(' ');
      expect(text.length).toBeLessThan(MAX_FORMAT_LENGTH / 1.5);
      const tagFields = ['instance', 'network-interface', 'auto-scaling-group'].map((resourceType) => ({
        resourceType,
        tagKeys: ['a', 'b'],
      }));
      const result = parseLogFormat(text, { kind, tagFields: kind === 'vpc' ? tagFields : undefined });
      expect(result).toMatchObject({ ok: true, format: { text } });
    }
  });

  test('any order of any fields without tags parses to itself', () => {
    const ids = fieldsOf('vpc')
      .map((field) => field.id)
      .filter((id) => !/-tag(-2)?$/.test(id));
    const order = fc.shuffledSubarray(ids, { minLength: 1 });
    fc.assert(
      fc.property(order, (chosen) => {
        const format = parsed(chosen.map((id) => `\${${id}}`).join(' '));
        expect(format.fields.map((field) => field.id)).toEqual(chosen);
      }),
      BUDGET,
    );
  });

  test('a format is plain data', () => {
    const format = defaultLogFormat('vpc');
    expect(structuredClone(format)).toEqual(format);
  });
});

describe('formats that are refused', () => {
  test.each<[string, FormatError['reason'], number | undefined, string]>([
    ['', 'no-field', undefined, 'the log format names no field'],
    ['   ', 'no-field', undefined, 'names no field'],
    [' ${srcaddr}', 'outer-space', 1, 'begins with a space at character 1'],
    ['${srcaddr} ', 'outer-space', 11, 'ends with a space at character 11'],
    ['${srcaddr}\n', 'outer-space', 11, 'ends with a space'],
    ['${srcaddr}  ${dstaddr}', 'doubled-space', 11, 'has 2 spaces after ${srcaddr} at character 11'],
    ['${srcaddr}\t${dstaddr}', 'stray-space', 11, 'white space other than one space'],
    ['${srcaddr} \n${dstaddr}', 'stray-space', 11, 'white space other than one space'],
    ['${srcaddr}\u00a0${dstaddr}', 'stray-space', 11, 'white space other than one space'],
    ['${srcaddr}${dstaddr}', 'missing-space', 11, 'no space after ${srcaddr} at character 11'],
    ['${srcaddr},${dstaddr}', 'stray-text', 11, '"," at character 11 is outside of ${…}'],
    ['${srcaddr} x ${dstaddr}', 'stray-text', 12, '"x" at character 12 is outside of ${…}'],
    ['${srcaddr} $dstaddr', 'stray-text', 12, '"$" at character 12'],
    ['${srcaddr} {dstaddr}', 'stray-text', 12, '"{dstaddr}" at character 12'],
    ['${srcaddr} ${dstaddr', 'stray-text', 12, '"${" at character 12 is not closed'],
    [
      'srcaddr dstaddr',
      'stray-text',
      1,
      'write each field as ${srcaddr}, and put the format in single quotes',
    ],
    ['pkt-srcaddr,dstaddr', 'stray-text', 1, 'write each field as ${srcaddr}'],
    ['dstaddr, srcaddr', 'stray-text', 1, 'write each field as ${dstaddr}'],
    [' id id', 'outer-space', 1, 'in single quotes in a shell'],
    ['${}', 'unknown-field', 1, '"${}" at character 1 names no field'],
    ['${srcaddr} ${nonsense}', 'unknown-field', 12, 'unknown field "nonsense" at character 12'],
    ['${logStatus}', 'unknown-field', 1, 'did you mean ${log-status}?'],
    ['${pkt_srcaddr}', 'unknown-field', 1, 'did you mean ${pkt-srcaddr}?'],
    ['${SRCADDR}', 'unknown-field', 1, 'did you mean ${srcaddr}?'],
    ['${tgw-id}', 'unknown-field', 1, 'a field of transit gateway flow logs only'],
    ['${ srcaddr }', 'stray-space', 1, 'white space inside its braces'],
    ['${src addr}', 'unknown-field', 1, 'did you mean ${srcaddr}?'],
    ['${__proto__}', 'unknown-field', 1, 'unknown field "__proto__"'],
    ['${srcaddr${dstaddr}', 'unknown-field', 1, 'unknown field "srcaddr${dstaddr"'],
    [
      '${srcaddr} ${dstaddr} ${srcaddr}',
      'field-twice',
      23,
      'twice, at character 23, and before at character 1',
    ],
    ['${instance-tag}', 'tag-key-missing', 1, '${instance-tag} needs a tag key for instance at character 1'],
  ])('%j', (text, reason, position, message) => {
    const error = refused(text);
    expect(error).toMatchObject({ reason, position });
    expect(error.message).toContain(message);
  });

  test('a text beyond the length bound', () => {
    const error = refused('x'.repeat(MAX_FORMAT_LENGTH + 1));
    expect(error.reason).toBe('too-long');
    expect(error.message).toContain('2049 characters, 2048 are allowed');
  });

  test('fields of VPC records in a transit gateway format', () => {
    const error = refused('${srcaddr} ${action}', 'transit-gateway');
    expect(error).toMatchObject({ reason: 'unknown-field', field: 'action', position: 12 });
    expect(error.message).toContain('a field of VPC flow logs only');
  });

  test('foreign text is cut short and escaped in messages', () => {
    const error = refused(`\${${'\u001b[31m'.repeat(300)}}`);
    expect(error.message.length).toBeLessThan(400);
    expect(error.message).not.toContain('\u001b');
  });

  test('any text gives a format that prints as that text, or a reason with a place inside it', () => {
    const token = fc.constantFrom(
      '${srcaddr}',
      '${dstaddr}',
      '${end}',
      '${',
      '}',
      ' ',
      '  ',
      'end',
      '$',
      '\t',
    );
    const text = fc.oneof(
      fc.string({ maxLength: 60, unit: 'binary' }),
      fc.array(token, { maxLength: 9 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (given) => {
        const result = parseLogFormat(given, { kind: 'vpc' });
        const place = result.ok ? 1 : (result.position ?? 1);
        expect(result.ok ? result.format.text : given).toBe(given);
        expect(place).toBeGreaterThanOrEqual(1);
        expect(place).toBeLessThanOrEqual(Math.max(1, given.length));
      }),
      BUDGET,
    );
  });
});

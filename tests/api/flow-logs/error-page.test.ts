import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERRORS } from '../../../src/api/errors.ts';
import { CREATE_REFUSALS } from './create-refusals.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;
const page = readFileSync(join(ROOT, 'docs/api-errors.md'), 'utf8');
const [triggered = '', untriggered = ''] = page.split('## Errors of the service that nothing here triggers');

/** The program, without the catalogue of errors. */
const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && name !== join('api', 'errors.ts'))
  .map((name) => readFileSync(join(ROOT, 'src', name), 'utf8'))
  .join('\n');

describe('docs/api-errors.md', () => {
  const codes = new Set(CREATE_REFUSALS.map(([, , , code]) => code));
  test.each([...codes])('says when %s comes', (code) => {
    expect(triggered).toContain(`\`${code}\``);
  });

  test.each(['bucketMissing', 'destinationDenied', 'destinationUndeliverable'] as const)(
    'names the item of Unsuccessful %s',
    (situation) => {
      const [beginning = ''] = ERRORS[situation].text.split('{');
      expect(triggered).toContain(`\`${beginning}…`);
    },
  );

  test.each(['serviceLinkedRole', 'requestLimit', 'unavailable', 'serviceUnavailable'] as const)(
    'lists %s as without a trigger, and it has none',
    (situation) => {
      expect(untriggered).toContain(`\`${ERRORS[situation].code}\``);
      expect(sources).not.toContain(`refusal('${situation}'`);
    },
  );
});

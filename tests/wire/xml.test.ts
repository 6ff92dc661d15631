import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeXml, xmlElement } from '../../src/wire/xml.ts';

/** Undoes the entities that are written. */
function unescapeXml(text: string): string {
  const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#xD': '\r' };
  return text.replace(/&([^;]+);/g, (_, name: string) => entities[name] ?? `?${name}?`);
}

describe('escapeXml', () => {
  test.each([
    ['plain text, no work', 'plain text, no work'],
    ['<a href="x">\'&\'</a>', '&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;'],
    [']]>', ']]&gt;'],
    ['&amp;', '&amp;amp;'],
    ['tab\tline\nfeed', 'tab\tline\nfeed'],
    ['carriage\r\nreturn', 'carriage&#xD;\nreturn'],
    ['žluť 漢字 🐎', 'žluť 漢字 🐎'],
  ])('%j', (text, expected) => {
    expect(escapeXml(text)).toBe(expected);
  });

  test.each([
    ['a\0b', 'ab'],
    ['\u0001\u0008\u000b\u000c\u000e\u001f', ''],
    ['x\ufffey\uffff', 'xy'],
    ['high \ud83d alone', 'high  alone'],
    ['low \udc0e alone', 'low  alone'],
    ['two highs \ud83d\ud83d\udc0e', 'two highs 🐎'],
  ])('leaves out what XML 1.0 cannot hold: %j', (text, expected) => {
    expect(escapeXml(text)).toBe(expected);
  });

  test('C1 controls and DEL are allowed in XML 1.0 and stay', () => {
    expect(escapeXml('\u007f\u0085\u009f')).toBe('\u007f\u0085\u009f');
  });

  test('whatever goes in: well-formed text that reads back as what XML can hold of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const escaped = escapeXml(text);
        expect(escaped).not.toMatch(/[<>"'\r]/);
        const allowed = Array.from(text).filter((c) =>
          /[\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(c),
        );
        expect(unescapeXml(escaped)).toBe(allowed.join(''));
      }),
      { interruptAfterTimeLimit: 2_000, markInterruptAsFailure: false, numRuns: 2_000 },
    );
  });
});

test('xmlElement escapes its text', () => {
  expect(xmlElement('Message', 'a < b')).toBe('<Message>a &lt; b</Message>');
  expect(xmlElement('Message', '')).toBe('<Message></Message>');
});

/**
 * XML writing for the AWS protocols. Requests are forms, so no XML is read anywhere.
 */

export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** What XML 1.0 cannot hold (section 2.2): most control characters, lone surrogates, U+FFFE and U+FFFF. */
const FORBIDDEN =
  // oxlint-disable-next-line no-control-regex -- control characters are what it is about
  /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const NEEDS_WORK =
  // oxlint-disable-next-line no-control-regex -- as above
  /[&<>"'\0-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]/;
const SPECIAL = /[&<>"'\r]/g;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  // Readers turn a bare carriage return into a line feed (section 2.11).
  '\r': '&#xD;',
};

/** Text for an element's content or an attribute's value; what XML cannot hold is left out. */
export function escapeXml(text: string): string {
  if (!NEEDS_WORK.test(text)) return text;
  return text.replace(FORBIDDEN, '').replace(SPECIAL, (character) => ENTITIES[character]!);
}

/** `<name>text</name>`, escaped. The name is trusted. */
export function xmlElement(name: string, text: string): string {
  return `<${name}>${escapeXml(text)}</${name}>`;
}

/**
 * For tests that make records in their own process: every line that a TextWriter writes is also read by the strict
 * parser, whatever the test looks at. A line that it refuses fails the test that made it.
 */
import { TextWriter } from '../src/records/text.ts';
import { parseStrictText, strictFields, type RecordKind } from './reference/strict-parser.ts';

const VPC_FIELDS: ReadonlySet<string> = new Set(strictFields('vpc'));
const formats = new WeakMap<TextWriter, { readonly ids: readonly string[]; readonly kind: RecordKind }>();

function formatOf(writer: TextWriter): { readonly ids: readonly string[]; readonly kind: RecordKind } {
  let format = formats.get(writer);
  if (format === undefined) {
    const ids = Buffer.from(writer.header()).toString().trimEnd().split(' ');
    format = { ids, kind: ids.every((id) => VPC_FIELDS.has(id)) ? 'vpc' : 'transit-gateway' };
    formats.set(writer, format);
  }
  return format;
}

// oxlint-disable-next-line typescript/unbound-method -- called with its own writer below
const write = TextWriter.prototype.write;
TextWriter.prototype.write = function strictly(this: TextWriter, ...asked): Uint8Array {
  const bytes = write.apply(this, asked);
  const { ids, kind } = formatOf(this);
  parseStrictText(Buffer.from(bytes).toString('latin1'), ids, kind);
  return bytes;
};

/** LogFormat and TagFieldSpecifications of a request, by the rules of records/. */
import type { FormatKind } from '../records/catalogue.ts';
import { defaultLogFormat, type FormatError, MAX_FORMAT_LENGTH, parseLogFormat } from '../records/formats.ts';
import { fault, type FlowLogFault } from './faults.ts';
import type { TagFieldKeys } from './model.ts';

/** A tag field specification of a request: the type may be missing. */
export interface TagFieldInput {
  readonly resourceType: string | undefined;
  readonly tagKeys: readonly string[];
}

/**
 * The text of a log format as it is kept and shown: that of the kind's default where none is given.
 *
 * @throws FlowLogFault for the first rule that the format or the tag fields break
 */
export function readLogFormat(
  kind: FormatKind,
  given: string | undefined,
  tagFields: readonly TagFieldKeys[],
): string {
  const text = given ?? defaultLogFormat(kind).text;
  const result = parseLogFormat(text, { kind, tagFields });
  if (!result.ok) throw faultOf(result, text, tagFields);
  return result.format.text;
}

/**
 * Tag field specifications, each with its type; undefined where none are given.
 *
 * @throws FlowLogFault when a type is missing
 */
export function readTagFields(given: readonly TagFieldInput[] | undefined): TagFieldKeys[] | undefined {
  return given?.map(({ resourceType, tagKeys }, index) => {
    if (resourceType === undefined) {
      throw fault('missingParameter', { name: `TagFieldSpecifications.${index + 1}.ResourceType` });
    }
    return { resourceType, tagKeys };
  });
}

/** What is no list of tokens at all fails the pattern of the member; the rest names what is wrong with it. */
function faultOf(error: FormatError, text: string, tagFields: readonly TagFieldKeys[]): FlowLogFault {
  const { reason, message } = error;
  switch (reason) {
    case 'too-long':
      return fault('tooLong', { name: 'logFormat', max: MAX_FORMAT_LENGTH });
    case 'no-field':
    case 'outer-space':
    case 'doubled-space':
    case 'stray-space':
    case 'missing-space':
    case 'stray-text':
      return fault('badFormat', { value: text, name: 'logFormat' });
    case 'unknown-field':
    case 'field-twice':
      return fault('invalidLogFormat', { reason: message });
    case 'tag-key-missing':
      if (tagFields.length === 0) return fault('tagFieldsNeedSpecification');
      return fault('invalidTagFields', { reason: message });
    default:
      return fault('invalidTagFields', { reason: message });
  }
}

/** The keys whose tag values a format's tag fields print: TagFieldSpecification of CreateFlowLogs. */
export interface TagFieldSpecification {
  /** `instance`, `network-interface` or `auto-scaling-group`. */
  readonly resourceType: string;
  /** The first key fills the resource's `-tag` field, the second its `-tag-2`. */
  readonly tagKeys: readonly string[];
}

export const MAX_TAG_FIELD_SPECIFICATIONS = 3;
export const MAX_TAG_KEYS = 2;
/** In characters (code points), as lengths of tag keys are counted elsewhere in the API. */
export const MAX_TAG_KEY_LENGTH = 128;

/** The fields that the first and the second key of a resource type fill. */
const TAG_FIELDS: ReadonlyMap<string, readonly [string, string]> = new Map([
  ['instance', ['instance-tag', 'instance-tag-2']],
  ['network-interface', ['interface-tag', 'interface-tag-2']],
  ['auto-scaling-group', ['asg-tag', 'asg-tag-2']],
]);

export interface TagFieldError {
  readonly reason:
    | 'tag-specification-count'
    | 'tag-resource-type'
    | 'tag-resource-twice'
    | 'tag-key-count'
    | 'tag-key-length'
    | 'tag-key-missing'
    | 'tag-field-missing';
  readonly message: string;
  /** The tag field at fault, and where it begins in the format's text, from 0. */
  readonly field?: string;
  readonly offset?: number;
}

/**
 * The first rule of tag fields that is broken (S8.6), or undefined. `places` holds the format's fields and
 * where each begins in its text.
 */
export function checkTagFields(
  places: ReadonlyMap<string, number>,
  specifications: readonly TagFieldSpecification[],
): TagFieldError | undefined {
  return checkSpecifications(specifications) ?? checkAgreement(places, specifications);
}

function checkSpecifications(specifications: readonly TagFieldSpecification[]): TagFieldError | undefined {
  const types = new Set<string>();
  if (specifications.length > MAX_TAG_FIELD_SPECIFICATIONS) {
    const message = `${specifications.length} tag field specifications, at most ${MAX_TAG_FIELD_SPECIFICATIONS} are allowed`;
    return { reason: 'tag-specification-count', message };
  }
  for (const { resourceType, tagKeys } of specifications) {
    const where = `the tag field specification for ${resourceType}`;
    if (!TAG_FIELDS.has(resourceType)) {
      const known = [...TAG_FIELDS.keys()].join(', ');
      const message = `resource type ${JSON.stringify(resourceType.slice(0, 40))} has no tag fields, only ${known} have`;
      return { reason: 'tag-resource-type', message };
    }
    if (types.has(resourceType)) return { reason: 'tag-resource-twice', message: `${where} is given twice` };
    types.add(resourceType);
    if (tagKeys.length < 1 || tagKeys.length > MAX_TAG_KEYS) {
      return { reason: 'tag-key-count', message: `${where} has ${tagKeys.length} keys, 1 or 2 are allowed` };
    }
    if (tagKeys.some((key) => key === '' || characters(key) > MAX_TAG_KEY_LENGTH)) {
      const message = `${where} has a key that is not 1 to ${MAX_TAG_KEY_LENGTH} characters long`;
      return { reason: 'tag-key-length', message };
    }
  }
  return undefined;
}

/** Every tag field needs its key, and every specification at least one field. */
function checkAgreement(
  places: ReadonlyMap<string, number>,
  specifications: readonly TagFieldSpecification[],
): TagFieldError | undefined {
  for (const [resourceType, fields] of TAG_FIELDS) {
    const keys = specifications.find((entry) => entry.resourceType === resourceType)?.tagKeys ?? [];
    for (const [index, field] of fields.entries()) {
      const offset = places.get(field);
      if (offset === undefined || index < keys.length) continue;
      const which = index === 0 ? 'a' : 'a second';
      const message = `field \${${field}} needs ${which} tag key for ${resourceType}`;
      return { reason: 'tag-key-missing', message, field, offset };
    }
    if (keys.length > 0 && !fields.some((field) => places.has(field))) {
      const message = `tag keys for ${resourceType} are given, but \${${fields[0]}} is not in the log format`;
      return { reason: 'tag-field-missing', message, field: fields[0] };
    }
  }
  return undefined;
}

function characters(text: string): number {
  // A key of more than twice as many UTF-16 units cannot be short enough: do not walk it.
  return text.length > 2 * MAX_TAG_KEY_LENGTH ? text.length : Array.from(text).length;
}

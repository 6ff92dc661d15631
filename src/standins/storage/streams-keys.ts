/** Names of the objects that streams deliver (Firehose Developer Guide, "Amazon S3 object name format" and "Custom
 * prefixes"). */
import type { BucketDelivery } from './streams-config.ts';

const EXPRESSION = /!\{([a-z]*):([^{}]*)\}/g;
/** What a pattern of a time may hold: fields of a time, quoted text, and what stands for itself. */
const PATTERN = /y+|M+|d+|H+|m+|s+|'[^']*'|[^A-Za-z']+|./g;

export interface ObjectNaming {
  readonly stream: string;
  readonly version: number;
  /** Of the oldest record, ms. */
  readonly time: number;
  readonly uuid: string;
}

/** What is wrong with a prefix; undefined where nothing is. */
export function prefixFault(prefix: string, isOfErrors: boolean): string | undefined {
  for (const [whole, namespace, value] of prefix.matchAll(EXPRESSION)) {
    const fault = expressionFault(namespace!, value!, isOfErrors);
    if (fault !== undefined) return `${whole.slice(0, 64)}: ${fault}`;
  }
  return /!\{/.test(prefix.replace(EXPRESSION, '')) ? 'an expression of a prefix has no end' : undefined;
}

function expressionFault(namespace: string, value: string, isOfErrors: boolean): string | undefined {
  if (namespace === 'timestamp') {
    const strange = (value.match(PATTERN) ?? []).find(
      (it) => /^[A-Za-z']$/.test(it) && !/^[yMdHms]$/.test(it),
    );
    if (value === '') return 'a time needs a pattern';
    return strange === undefined ? undefined : 'times have the letters y, M, d, H, m, s and quoted text';
  }
  if (namespace === 'firehose' && value === 'error-output-type') {
    return isOfErrors ? undefined : 'it belongs into ErrorOutputPrefix';
  }
  return 'timestamp, and firehose:error-output-type, are what is offered';
}

/** The key of an object: where the prefix has no expression, `yyyy/MM/dd/HH/` stands behind it. */
export function objectKey(to: BucketDelivery, naming: ObjectNaming): string {
  return evaluated(to.prefix, naming.time, '') + objectName(to, naming);
}

/** The key of an object of what could not be delivered: where the prefix has no expression, the kind of error and
 * `yyyy/MM/dd/HH/` stand behind it. */
export function errorKey(to: BucketDelivery, errorType: string, naming: ObjectNaming): string {
  const { errorPrefix } = to;
  const prefix = errorPrefix.includes('!{') ? errorPrefix : `${errorPrefix}${errorType}/`;
  return evaluated(prefix, naming.time, errorType) + objectName({ extension: '', gzip: to.gzip }, naming);
}

function objectName(to: Pick<BucketDelivery, 'gzip' | 'extension'>, naming: ObjectNaming): string {
  const { stream, version, time, uuid } = naming;
  const extension = to.extension === '' && to.gzip ? '.gz' : to.extension;
  return `${stream}-${version}-${formatted('yyyy-MM-dd-HH-mm-ss', time)}-${uuid}${extension}`;
}

function evaluated(prefix: string, time: number, errorType: string): string {
  if (!prefix.includes('!{')) return `${prefix}${formatted('yyyy/MM/dd/HH/', time)}`;
  return prefix.replace(EXPRESSION, (_, namespace: string, value: string) =>
    namespace === 'timestamp' ? formatted(value, time) : errorType,
  );
}

function formatted(pattern: string, time: number): string {
  const iso = new Date(time).toISOString();
  const fields: Readonly<Record<string, string>> = {
    y: iso.slice(0, 4),
    M: iso.slice(5, 7),
    d: iso.slice(8, 10),
    H: iso.slice(11, 13),
    m: iso.slice(14, 16),
    s: iso.slice(17, 19),
  };
  return (pattern.match(PATTERN) ?? [])
    .map((part) => {
      if (part.startsWith("'") && part.length > 1) return part.slice(1, -1);
      const value = fields[part[0]!];
      if (value === undefined) return part;
      if (part[0] === 'y' && part.length === 2) return value.slice(2);
      // One letter is a number without zeros in front.
      return part.length === 1 ? String(Number(value)) : value.padStart(part.length, '0');
    })
    .join('');
}

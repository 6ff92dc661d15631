import { createHash, type Hash } from 'node:crypto';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { ChunkedBody } from '../../identity/chunked-body.ts';
import { signingError } from '../../identity/errors.ts';
import { type Call, header } from './call.ts';
import { type Checksum, CHECKSUMS } from './checksums.ts';
import { refuse } from './errors.ts';

/** Largest object of one upload, bytes. */
export const LARGEST_OBJECT = 5 * 1024 ** 3;
/** Largest XML of a request: the longest keys of DeleteObjects, a thousand, with room to spare. */
export const LARGEST_XML = 4 * 1024 * 1024;

/** A body, held against all that its request says of it while it is drawn. */
export interface CheckedBody {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** The checksums that the client sent, when the body has been drawn and they were right. */
  checksums(): Record<string, string>;
}

/**
 * The body of a call, at most `limit` bytes of it. Drawing it throws for a signature, length or checksum that is
 * wrong, at the latest at its end: what was drawn is then to be thrown away.
 */
export function checkedBody(call: Call, limit: number, tooLarge = refuse('EntityTooLarge')): CheckedBody {
  const { payload, request } = call;
  const isChunked = payload.kind === 'chunks';
  const length = isChunked ? decodedLength(call) : request.body.length;
  if (length === undefined) throw refuse('MissingContentLength');
  if (length > limit) throw tooLarge;
  const chunked =
    payload.kind === 'chunks'
      ? new ChunkedBody(request.body, {
          signatures: payload.signatures,
          trailer: payload.trailer,
          decodedLength: length,
        })
      : undefined;
  const declared = declaredChecksums(call);
  const md5 = declaredMd5(call);
  const found: Record<string, string> = {};

  async function* bytes(): AsyncGenerator<Uint8Array> {
    const md5Hash = md5 === undefined ? undefined : createHash('md5');
    const sha256: Hash | undefined = payload.kind === 'hash' ? createHash('sha256') : undefined;
    const sums = [...declared.keys()].map((name): [string, Checksum] => [name, CHECKSUMS.get(name)!()]);
    let received = 0;
    for await (const piece of chunked ?? request.body) {
      received += piece.length;
      if (received > limit) throw tooLarge;
      md5Hash?.update(piece);
      sha256?.update(piece);
      for (const [, sum] of sums) sum.update(piece);
      yield piece;
    }
    if (received !== length) throw refuse('IncompleteBody');
    if (payload.kind === 'hash' && sha256!.digest('hex') !== payload.sha256) {
      throw signingError('s3', 'body differs');
    }
    if (md5Hash !== undefined && md5Hash.digest('base64') !== md5) throw refuse('BadDigest');
    for (const [name, sum] of sums) {
      const wanted = declared.get(name) ?? chunked?.trailers.get(name);
      if (wanted === undefined) {
        throw refuse('InvalidRequest', `The trailer ${name} was announced and is missing.`);
      }
      found[name] = sum.digest();
      if (found[name] !== wanted) {
        const algorithm = name.slice('x-amz-checksum-'.length).toUpperCase();
        throw refuse('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
      }
    }
  }
  return { bytes: bytes(), checksums: () => found };
}

function decodedLength(call: Call): number | undefined {
  const text = header(call, 'x-amz-decoded-content-length');
  return text !== undefined && /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
}

function declaredMd5(call: Call): string | undefined {
  const md5 = header(call, 'content-md5');
  if (md5 !== undefined && !/^[A-Za-z0-9+/]{22}==$/.test(md5)) throw refuse('InvalidDigest');
  return md5;
}

/** Checksums by header name; undefined for one that comes in a trailer. */
function declaredChecksums(call: Call): Map<string, string | undefined> {
  const declared = new Map<string, string | undefined>();
  for (const name of CHECKSUMS.keys()) {
    const value = header(call, name);
    if (value !== undefined) declared.set(name, value);
  }
  const announced = (header(call, 'x-amz-trailer') ?? '').toLowerCase().split(',');
  for (const name of announced.map((it) => it.trim()).filter((it) => it !== '')) {
    if (!CHECKSUMS.has(name)) {
      throw refuse('InvalidRequest', 'The value specified in the x-amz-trailer header is not supported');
    }
    if (call.payload.kind !== 'chunks' || !call.payload.trailer) {
      throw refuse('InvalidRequest', 'A trailer needs a body in chunks with trailers.');
    }
    if (!declared.has(name)) declared.set(name, undefined);
  }
  return declared;
}

/** Of XML that is small enough to be held, the members of its root; undefined for an empty body. */
export async function readXml(
  call: Call,
  root: string,
  lists: readonly string[] = [],
): Promise<Record<string, unknown> | undefined> {
  const pieces: Uint8Array[] = [];
  for await (const piece of checkedBody(call, LARGEST_XML, refuse('MaxMessageLengthExceeded')).bytes) {
    if (!call.request.body.hold(piece.length)) throw refuse('SlowDown');
    pieces.push(Buffer.from(piece));
  }
  const bytes = Buffer.concat(pieces);
  if (bytes.length === 0) return undefined;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refuse('MalformedXML');
  }
  // No document type: nothing that a request means needs entities of its own.
  if (text.includes('<!') || XMLValidator.validate(text) !== true) throw refuse('MalformedXML');
  const parser = new XMLParser({
    ignoreAttributes: true,
    removeNSPrefix: true,
    parseTagValue: false,
    trimValues: false,
    processEntities: false,
    ignoreDeclaration: true,
    isArray: (name) => lists.includes(name),
  });
  let parsed: Record<string, unknown>;
  try {
    parsed = parser.parse(text) as Record<string, unknown>;
  } catch {
    throw refuse('MalformedXML');
  }
  const found = parsed[root];
  if (found === undefined || Array.isArray(found)) throw refuse('MalformedXML');
  return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : {};
}

/** The text of a member; undefined where it is missing. */
export function xmlText(members: Record<string, unknown>, name: string): string | undefined {
  const value = Object.hasOwn(members, name) ? members[name] : undefined;
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw refuse('MalformedXML');
  return value.replace(
    /&(?:#(x[0-9a-fA-F]{1,6}|[0-9]{1,7})|([a-z]+));|&/g,
    (_, number?: string, name?: string) => {
      const character =
        number === undefined ? ENTITIES.get(name ?? '') : characterOf(number.replace(/^x/, '0x'));
      if (character === undefined) throw refuse('MalformedXML');
      return character;
    },
  );
}

const ENTITIES = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

function characterOf(number: string): string | undefined {
  const point = Number(number);
  return point <= 0x10ffff ? String.fromCodePoint(point) : undefined;
}

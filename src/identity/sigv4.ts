import { timingSafeEqual } from 'node:crypto';
import type { RawRequest } from '../base/raw-request.ts';
import type { AccessKey } from '../store/store.ts';
import { ServiceError } from '../base/service-error.ts';
import type { Caller } from './caller.ts';
import {
  canonicalHeaders,
  canonicalPath,
  canonicalQuery,
  sha256Hex,
  signatureOf,
  signingKey,
  splitTarget,
  TERMINATOR,
} from './canonical.ts';
import { CHUNKED_PAYLOADS, ChunkSignatures } from './chunk-signatures.ts';
import { signingError } from './errors.ts';
import type { SignatureParts } from './signature-parts.ts';
import { signatureParts } from './signature-parts.ts';
import type { SignedService } from './signing-rules.ts';
import { MAX_SKEW, SIGNING_RULES } from './signing-rules.ts';

/** Where verification finds keys: in memory, so that it needs to wait for nothing. */
export interface KeySource {
  find(id: string): AccessKey | undefined;
}

export interface VerifyOptions {
  /** The service that the request came to: its rules, and its words for refusals. */
  readonly service: SignedService;
  readonly keys: KeySource;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Region names that a scope may hold: any that is well-formed is served (S8.1, S8.5). */
const REGION = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const SIGNATURE = /^[0-9a-f]{64}$/;
const SHA256 = /^[0-9a-f]{64}$/;

/** A request of which nothing but the head is needed. */
type Head = Omit<RawRequest, 'body'>;

/**
 * Verifies the signature (AWS Signature Version 4, by header or presigned query) of a request whose body is
 * whole and bounded already.
 * @returns who calls, and for which region
 * @throws {ServiceError} with the service's code, text and status for every failure (src/identity/errors.ts)
 */
export function verifySignature(request: RawRequest, options: VerifyOptions): Caller {
  const signer = signerOf(request, options);
  return signer.verify(payloadOf(request, signer.parts, options.service)).caller;
}

/** What the signature of a head says of the body behind it. */
export type SignedPayload =
  | { readonly kind: 'unsigned' }
  /** The body's SHA-256, in hex. */
  | { readonly kind: 'hash'; readonly sha256: string }
  /** aws-chunked: each chunk signed or none; with trailers or without. */
  | {
      readonly kind: 'chunks';
      readonly trailer: boolean;
      readonly signatures: ChunkSignatures | undefined;
    };

/**
 * Verifies the signature of a head before anything of its body is read: of S3, whose clients declare the body
 * (x-amz-content-sha256). The body is then held against what is returned.
 * @throws {ServiceError} as `verifySignature`
 */
export function verifyHead(head: Head, options: VerifyOptions): { caller: Caller; payload: SignedPayload } {
  const signer = signerOf(head, options);
  const declared = declaredPayload(signer.parts, options.service);
  const { caller, chunks } = signer.verify(declared);
  if (declared === 'UNSIGNED-PAYLOAD') return { caller, payload: { kind: 'unsigned' } };
  const mode = CHUNKED_PAYLOADS.get(declared);
  if (mode === undefined) return { caller, payload: { kind: 'hash', sha256: declared } };
  const signatures = mode.signed ? chunks() : undefined;
  return { caller, payload: { kind: 'chunks', trailer: mode.trailer, signatures } };
}

interface Signer {
  readonly parts: SignatureParts;
  verify(payload: string): { caller: Caller; chunks: () => ChunkSignatures };
}

/** Checks all of a head but its signature. */
function signerOf(head: Head, { service, keys, now }: VerifyOptions): Signer {
  const parts = signatureParts(head, service);
  checkSignedHeaders(head, parts, service);
  checkScope(parts, service);
  if (parts.sessionToken) throw signingError(service, 'session token');
  const key = keys.find(parts.accessKeyId);
  if (key === undefined) throw signingError(service, 'unknown key');
  checkTime(parts, service, now);
  const { date, region } = parts.scope;
  const scope = { date, region, service };
  return {
    parts,
    verify(payload) {
      const canonicalRequest = [
        head.method,
        canonicalPath(splitTarget(head.target).path, SIGNING_RULES[service]),
        canonicalQuery(parts.parameters),
        canonicalHeaders(head, parts.signedHeaders),
        parts.signedHeaders.join(';'),
        payload,
      ].join('\n');
      const derived = signingKey(key.secret, scope);
      const expected = signatureOf(canonicalRequest, parts.timestamp, scope, derived);
      const wellFormed = SIGNATURE.test(parts.signature);
      if (!wellFormed || !timingSafeEqual(expected, Buffer.from(parts.signature, 'hex'))) {
        throw signingError(service, 'signature differs');
      }
      return {
        caller: { accessKeyId: key.id, account: key.account, readOnly: key.readOnly, region, service },
        chunks: () => new ChunkSignatures(derived, parts.timestamp, scope, parts.signature),
      };
    },
  };
}

/** The host must be signed, and every x-amz- header that came: what is not signed could be anyone's. */
function checkSignedHeaders(request: Head, parts: SignatureParts, service: SignedService): void {
  const signed = new Set(parts.signedHeaders);
  if (!signed.has('host')) throw signingError(service, 'host not signed');
  const loose = request.headers
    .map(([name]) => name.toLowerCase())
    .filter((name) => name.startsWith('x-amz-') && !signed.has(name));
  if (loose.length > 0) {
    const names = [...new Set(loose)].join(', ');
    const text = `There were headers present in the request which were not signed: ${names}`;
    throw signingError(service, 'headers not signed', text);
  }
}

/** The scope must be well-formed, of this service and of the day of the request. All that is wrong is said at once,
 * as the service does. */
function checkScope({ scope, timestamp }: SignatureParts, service: SignedService): void {
  const wrong: string[] = [];
  if (!REGION.test(scope.region)) {
    wrong.push(`Credential should be scoped to a valid region, not '${scope.region}'.`);
  }
  if (scope.service !== service) wrong.push(`Credential should be scoped to correct service: '${service}'.`);
  if (scope.terminator !== TERMINATOR) {
    const wanted = `Credential should be scoped with a valid terminator: '${TERMINATOR}'`;
    wrong.push(`${wanted}, not '${scope.terminator}'.`);
  }
  const day = timestamp.slice(0, 8);
  if (scope.date !== day) {
    const rule = 'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP';
    wrong.push(`${rule}: '${scope.date}' != '${day}', from '${timestamp}'.`);
  }
  if (wrong.length > 0) throw signingError(service, 'wrong scope', wrong.join(' '));
}

function checkTime(parts: SignatureParts, service: SignedService, now: number): void {
  const { time, timestamp, expires } = parts;
  if (time > now + MAX_SKEW) {
    const latest = basic(now + MAX_SKEW);
    const text = `Signature not yet current: ${timestamp} is still later than ${latest} (${basic(now)} + 15 min.)`;
    throw signingError(service, 'outside its time', text);
  }
  const grace = expires === undefined ? MAX_SKEW : expires * 1000 + SIGNING_RULES[service].expiryGrace;
  if (time < now - grace) {
    const because = expires === undefined ? '15 min.' : `${grace / 1000} s.`;
    const text = `Signature expired: ${timestamp} is now earlier than ${basic(now - grace)} (${basic(now)} - ${because})`;
    throw signingError(service, 'outside its time', text);
  }
}

/** What a head declares its body to be. */
function declaredPayload(parts: SignatureParts, service: SignedService): string {
  const declared = parts.declaredPayload;
  if (declared === undefined) {
    if (parts.presigned) return 'UNSIGNED-PAYLOAD';
    throw signingError(service, 'malformed', 'x-amz-content-sha256 is missing.');
  }
  const known = declared === 'UNSIGNED-PAYLOAD' || CHUNKED_PAYLOADS.has(declared) || SHA256.test(declared);
  if (!known) {
    throw new ServiceError(
      'InvalidArgument',
      'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, or a valid sha256 value.',
    );
  }
  return declared;
}

/** What stands for the body in the canonical request. */
function payloadOf(request: RawRequest, parts: SignatureParts, service: SignedService): string {
  const rules = SIGNING_RULES[service];
  const declared = parts.declaredPayload;
  if (declared === undefined) {
    if (parts.presigned && rules.presignedPayload !== 'hash') return rules.presignedPayload;
    if (rules.payload === 'declared' && !parts.presigned) {
      throw signingError(service, 'malformed', 'x-amz-content-sha256 is missing.');
    }
    return sha256Hex(request.body);
  }
  if (rules.payload === 'declared' && rules.payloadWords.includes(declared)) return declared;
  const hash = sha256Hex(request.body);
  if (!SHA256.test(declared) || declared !== hash) throw signingError(service, 'body differs');
  return hash;
}

function basic(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

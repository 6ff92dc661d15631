/** A certificate that a service makes for itself (X.509, RFC 5280): node:crypto signs, but writes none. */
import { generateKeyPairSync, hash, randomBytes, sign } from 'node:crypto';
import { parseAddress } from '../../base/addresses.ts';
import * as der from './der.ts';

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const COMMON_NAME = '2.5.4.3';
const SUBJECT_KEY_ID = '2.5.29.14';
const KEY_USAGE = '2.5.29.15';
const SUBJECT_ALT_NAME = '2.5.29.17';
const BASIC_CONSTRAINTS = '2.5.29.19';
const AUTHORITY_KEY_ID = '2.5.29.35';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const DIGITAL_SIGNATURE = Buffer.from([0x80]);
/** Of `[n]` in GeneralName. */
const DNS_NAME = 2;
const IP_ADDRESS = 7;

const DAY_MS = 86_400_000;
/** Clients whose clock is behind take it too. */
const BEFORE_MS = DAY_MS;
/** The longest that every common client takes of a certificate which a person chose to trust. */
const VALID_DAYS = 825;

export interface SelfSigned {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
}

/**
 * A new ECDSA key (P-256) and its certificate for a server of these names: DNS names and IP addresses. It is no
 * authority: it vouches for itself alone, for whoever has chosen to trust it.
 */
export function makeSelfSigned(names: readonly string[], now: Date): SelfSigned {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = pair.publicKey.export({ type: 'spki', format: 'der' });
  const keyId = hash('sha256', spki, 'buffer').subarray(0, 20);
  const algorithm = der.sequence(der.oid(ECDSA_WITH_SHA256));
  // A name of its own: a client that still holds the one before takes it for another issuer.
  const name = nameOf(`weir ${keyId.toString('hex', 0, 8)}`);
  const body = der.sequence(
    der.explicit(0, der.integer(Buffer.from([2]))), // version 3
    der.integer(serialNumber()),
    algorithm,
    name,
    der.sequence(
      der.time(new Date(now.getTime() - BEFORE_MS)),
      der.time(new Date(now.getTime() + VALID_DAYS * DAY_MS)),
    ),
    name,
    spki,
    der.explicit(3, der.sequence(...extensions(names, keyId))),
  );
  const signature = sign('sha256', body, pair.privateKey);
  return {
    certificate: pem('CERTIFICATE', der.sequence(body, algorithm, der.bitString(signature))),
    key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

/** 16 bytes, not 0 and not negative. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes;
}

function nameOf(common: string): Buffer {
  return der.sequence(der.set(der.sequence(der.oid(COMMON_NAME), der.utf8String(common))));
}

function extensions(names: readonly string[], keyId: Uint8Array): Buffer[] {
  const critical = true;
  return [
    extension(BASIC_CONSTRAINTS, der.sequence(), critical),
    extension(KEY_USAGE, der.bitString(DIGITAL_SIGNATURE, 7), critical),
    extension(EXTENDED_KEY_USAGE, der.sequence(der.oid(SERVER_AUTH))),
    extension(SUBJECT_ALT_NAME, der.sequence(...names.map(generalName))),
    extension(SUBJECT_KEY_ID, der.octetString(keyId)),
    extension(AUTHORITY_KEY_ID, der.sequence(der.implicit(0, keyId))),
  ];
}

function extension(id: string, content: Uint8Array, critical = false): Buffer {
  const mark = critical ? [der.boolean(true)] : [];
  return der.sequence(der.oid(id), ...mark, der.octetString(content));
}

function generalName(name: string): Buffer {
  const address = parseAddress(name);
  if (address === undefined) return der.implicit(DNS_NAME, Buffer.from(name, 'ascii'));
  const bytes = Buffer.alloc(16);
  for (const [n, word] of address.words.entries()) bytes.writeInt32BE(word | 0, n * 4);
  return der.implicit(IP_ADDRESS, address.family === 4 ? bytes.subarray(12) : bytes);
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

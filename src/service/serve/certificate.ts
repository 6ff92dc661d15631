/** The certificate of the service's port: of files, or made once and kept in the data directory. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { join, resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { parseAddress } from '../../base/addresses.ts';
import { messageOf, UserError } from '../../base/errors.ts';
import type { TlsKey } from '../../wire/listener.ts';
import { makeSelfSigned } from '../../wire/tls/self-signed.ts';
import { readSecretFile } from './config-credentials.ts';
import type { TlsConfig } from './config-tls.ts';

/** A certificate that ends sooner is made anew at a start. */
const RENEW_BEFORE_MS = 30 * 86_400_000;
/** Addresses of this machine that one certificate names at most. */
const MAX_ADDRESSES = 32;
const FOLDER = 'tls';
const LOCAL_NAMES = ['localhost', '127.0.0.1', '::1'];
const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::', '0:0:0:0:0:0:0:0']);
const DNS_NAME =
  /^[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9])?)*$/;

export interface Certificate extends TlsKey {
  /** SHA-256, in pairs of hexadecimal digits. */
  readonly fingerprint: string;
  /** Milliseconds since the epoch. */
  readonly validTo: number;
  /** What a client trusts it by, as the path of a file; undefined: a well-known authority vouches for it. */
  readonly caBundle: string | undefined;
  /** It was made just now: clients have to learn of it. */
  readonly isNew: boolean;
}

/**
 * The certificate that a configuration asks for. Without a directory, one that is made is not kept.
 * @throws {UserError} for files that are none, do not belong together, are past their time, or whose key everybody
 * can read
 */
export function openCertificate(
  config: TlsConfig,
  { directory, host }: { readonly directory: string | undefined; readonly host: string },
  now = new Date(),
): Certificate {
  if (config.type === 'files') return ofFiles(config, now);
  if (directory === undefined)
    return { ...described(makeSelfSigned(namesOf(host), now), undefined), isNew: true };
  const folder = join(resolve(directory), FOLDER);
  const paths = { certificate: join(folder, 'certificate.pem'), key: join(folder, 'key.pem') };
  const kept = readKept(paths, needed(host), now);
  if (kept !== undefined) return kept;
  const made = makeSelfSigned(namesOf(host), now);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  // A crash in between leaves two that do not belong together: they are made anew.
  writePrivate(paths.key, made.key);
  writePrivate(paths.certificate, made.certificate);
  return { ...described(made, paths.certificate), isNew: true };
}

function ofFiles({ certificate, key, ca }: Extract<TlsConfig, { type: 'files' }>, now: Date): Certificate {
  const text = readText(certificate);
  const tls: TlsKey = { certificate: text, key: readSecretFile(key, 'tls') };
  try {
    createSecureContext({ cert: tls.certificate, key: tls.key });
  } catch (error) {
    const reason = messageOf(error);
    throw new UserError(`tls: ${certificate} and ${key} are no certificate and its key in PEM: ${reason}`, {
      cause: error,
    });
  }
  const own = new X509Certificate(text);
  if (own.validToDate.getTime() <= now.getTime()) {
    throw new UserError(`tls: the certificate in ${certificate} is past its time (${own.validTo}): renew it`);
  }
  if (ca !== undefined) readText(ca);
  // One that vouches for itself is what a client has to trust.
  const vouched = own.issuer === own.subject ? certificate : undefined;
  const bundle = ca ?? vouched;
  return { ...described(tls, bundle === undefined ? undefined : resolve(bundle)), isNew: false };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(`tls: ${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function described(tls: TlsKey, caBundle: string | undefined): Omit<Certificate, 'isNew'> {
  const { fingerprint256: fingerprint, validToDate } = new X509Certificate(tls.certificate);
  return { ...tls, fingerprint, validTo: validToDate.getTime(), caBundle };
}

/** What an earlier start made, if it does still. */
function readKept(
  paths: { readonly certificate: string; readonly key: string },
  names: readonly string[],
  now: Date,
): Certificate | undefined {
  try {
    const certificate = readFileSync(paths.certificate, 'utf8');
    const key = readFileSync(paths.key, 'utf8');
    const own = new X509Certificate(certificate);
    if (!own.checkPrivateKey(createPrivateKey(key))) return undefined;
    if (own.validToDate.getTime() - now.getTime() < RENEW_BEFORE_MS) return undefined;
    const isFor = (name: string): boolean =>
      (parseAddress(name) === undefined ? own.checkHost(name) : own.checkIP(name)) !== undefined;
    if (!names.every(isFor)) return undefined;
    return { ...described({ certificate, key }, paths.certificate), isNew: false };
  } catch {
    return undefined; // missing or damaged
  }
}

/** What the certificate has to be good for: addresses of the machine come and go. */
function needed(host: string): string[] {
  return [...LOCAL_NAMES, ...(WILDCARDS.has(host) ? [] : [host]).filter(isName)];
}

function namesOf(host: string): string[] {
  if (!WILDCARDS.has(host)) return [...new Set(needed(host))];
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ internal, address }) => !internal && parseAddress(address) !== undefined)
    .map(({ address }) => address);
  const names = [...needed(host), hostname(), ...addresses.slice(0, MAX_ADDRESSES)];
  return [...new Set(names)].filter(isName);
}

function isName(text: string): boolean {
  return parseAddress(text) !== undefined || (text.length <= 253 && DNS_NAME.test(text));
}

function writePrivate(path: string, text: string): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  chmodSync(temporary, 0o600); // of a leftover that had another mode
  renameSync(temporary, path);
}

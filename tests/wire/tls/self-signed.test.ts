/** The certificate that a service makes for itself: by what Node and OpenSSL say of it. */
import { spawnSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, randomBytes, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as der from '../../../src/wire/tls/der.ts';
import { makeSelfSigned } from '../../../src/wire/tls/self-signed.ts';

const NAMES = ['localhost', '127.0.0.1', '::1', 'flow-logs.example.net', '2001:db8::ff00:42'];
const NOW = new Date('2026-11-21T09:30:15.250Z');

describe('DER', () => {
  test.each<[string, Buffer, string]>([
    ['an integer', der.integer(Buffer.from([2])), '020102'],
    ['an integer with a first bit', der.integer(Buffer.from([0x80])), '02020080'],
    ['an integer with leading zeros', der.integer(Buffer.from([0, 0, 1, 0])), '02020100'],
    ['zero', der.integer(Buffer.from([0])), '020100'],
    ['an object identifier', der.oid('1.2.840.10045.4.3.2'), '06082a8648ce3d040302'],
    ['a bit string', der.bitString(Buffer.from([0x80]), 7), '03020780'],
    ['a length of two bytes', der.octetString(Buffer.alloc(127)).subarray(0, 2), '047f'],
    ['a length of three bytes', der.octetString(Buffer.alloc(128)).subarray(0, 3), '048180'],
    ['a length of four bytes', der.octetString(Buffer.alloc(256)).subarray(0, 4), '04820100'],
    ['a time of this half of the century', der.time(NOW), `170d${hexOf('261121093015Z')}`],
    ['a time of the next', der.time(new Date('2050-01-01T00:00:00Z')), `180f${hexOf('20500101000000Z')}`],
    ['a truth', der.boolean(true), '0101ff'],
    ['tags of its own', der.explicit(3, der.implicit(0, Buffer.from([1]))), 'a303800101'],
  ])('writes %s', (_, bytes, hex) => {
    expect(bytes.toString('hex')).toBe(hex);
  });
});

function hexOf(text: string): string {
  return Buffer.from(text).toString('hex');
}

describe('a certificate', () => {
  const { certificate, key } = makeSelfSigned(NAMES, NOW);
  const read = new X509Certificate(certificate);

  test('is signed by its own key, and by no authority', () => {
    expect(read.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(read.verify(createPublicKey(key))).toBe(true);
    expect(read.verify(createPublicKey(makeSelfSigned(NAMES, NOW).key))).toBe(false);
    expect(read.issuer).toBe(read.subject);
    expect(read.ca).toBe(false);
    expect(read.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
  });

  test('is for its names and no others', () => {
    for (const name of ['localhost', 'flow-logs.example.net']) expect(read.checkHost(name)).toBe(name);
    for (const name of ['127.0.0.1', '::1', '2001:db8::ff00:42']) expect(read.checkIP(name)).toBe(name);
    expect(read.checkHost('example.net')).toBeUndefined();
    expect(read.checkIP('127.0.0.2')).toBeUndefined();
  });

  test('is good from the day before, for as long as clients take it', () => {
    expect(read.validFromDate).toEqual(new Date('2026-11-20T09:30:15Z'));
    expect(read.validToDate).toEqual(new Date('2029-02-23T09:30:15Z'));
  });

  test('differs from any other in number and name', () => {
    const other = new X509Certificate(makeSelfSigned(NAMES, NOW).certificate);
    expect(other.serialNumber).not.toBe(read.serialNumber);
    expect(other.subject).not.toBe(read.subject);
    expect(read.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
  });

  test('is what OpenSSL takes in its strict mode', ({ skip }) => {
    if (spawnSync('openssl', ['version']).status !== 0) skip('there is no openssl');
    const folder = mkdtempSync(join(tmpdir(), 'weir-tls-'));
    try {
      const now = makeSelfSigned(NAMES, new Date());
      const path = join(folder, 'certificate.pem');
      writeFileSync(path, now.certificate);
      const verified = spawnSync(
        'openssl',
        ['verify', '-x509_strict', '-purpose', 'sslserver', '-verify_ip', '::1', '-CAfile', path, path],
        { encoding: 'utf8' },
      );
      expect(verified.stdout + verified.stderr).toBe(`${path}: OK\n`);
      const shown = spawnSync('openssl', ['x509', '-in', path, '-noout', '-text'], {
        encoding: 'utf8',
      }).stdout;
      expect(shown).toContain('X509v3 Basic Constraints: critical\n                CA:FALSE');
      expect(shown).toContain('X509v3 Key Usage: critical\n                Digital Signature');
      expect(shown).toContain('TLS Web Server Authentication');
      expect(shown).toContain(
        'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:flow-logs.example.net, IP Address:2001:DB8:0:0:0:0:FF00:42',
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('reads back whatever it is for', () => {
    const dns = fc.domain().filter((name) => name.length < 64);
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.oneof(dns, fc.ipV4(), fc.constant('::1')), { minLength: 1, maxLength: 40 }),
        (names) => {
          const made = makeSelfSigned(names, new Date(NOW.getTime() + randomBytes(1)[0]! * 1000));
          const certificate = new X509Certificate(made.certificate);
          expect(certificate.verify(certificate.publicKey)).toBe(true);
          expect(certificate.subjectAltName!.split(', ')).toHaveLength(names.length);
        },
      ),
      { numRuns: 200, interruptAfterTimeLimit: 1500 },
    );
  });
});

/** `tls` of weir.yaml: the certificate that the service's port shows. */
import { z } from 'zod';
import { UsageError } from '../../base/errors.ts';
import { type Fault, type Path, schemaFaults } from '../../base/yaml-file.ts';

/** Files in PEM; or a certificate that the service makes for itself and keeps in its data directory. */
export type TlsConfig =
  | { readonly type: 'generated' }
  | {
      readonly type: 'files';
      readonly certificate: string;
      readonly key: string;
      readonly ca: string | undefined;
    };

const schema = z.strictObject({
  certificate: z.string().min(1),
  key: z.string().min(1),
  ca: z.string().min(1).optional(),
});

/** Reads `tls`; what is wrong is added to `faults`. */
export function parseTls(
  data: unknown,
  at: Path,
  beside: (path: string) => string,
  faults: Fault[],
): TlsConfig | undefined {
  if (data === 'generated') return { type: 'generated' };
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    faults.push({
      path: at,
      message: 'tls: write generated, or { certificate: FILE, key: FILE }, or take it out for plain HTTP',
    });
    return undefined;
  }
  const result = schema.safeParse(data, { reportInput: true });
  if (!result.success) {
    const keys = { tls: Object.keys(schema.shape) };
    faults.push(...schemaFaults(schema, result.error.issues, at, keys, 'tls'));
    return undefined;
  }
  const { certificate, key, ca } = result.data;
  return {
    type: 'files',
    certificate: beside(certificate),
    key: beside(key),
    ca: ca === undefined ? undefined : beside(ca),
  };
}

export interface TlsFlags {
  /** A certificate that the service makes. */
  readonly tls?: true;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

/** The same by flags; undefined where none is given. @throws {UsageError} */
export function tlsFromFlags({ tls, tlsCert, tlsKey }: TlsFlags): TlsConfig | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return tls === true ? { type: 'generated' } : undefined;
  if (tls === true) throw new UsageError('--tls makes a certificate: leave out --tls-cert and --tls-key');
  if (tlsCert === undefined || tlsKey === undefined) {
    const [given, missing] =
      tlsCert === undefined ? ['--tls-key', '--tls-cert'] : ['--tls-cert', '--tls-key'];
    throw new UsageError(`${given} needs ${missing} too`);
  }
  return { type: 'files', certificate: tlsCert, key: tlsKey, ca: undefined };
}

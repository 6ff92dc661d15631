/** The object storage as templates need it. */
import type { Scope } from '../../store/store.ts';

/** What is known of a bucket. */
export interface TemplateBucket {
  /** undefined where the storage does not tell whose it is: then a put tells. */
  readonly account: string | undefined;
  readonly region: string;
}

/** Both act for a caller of the scope. */
export interface TemplateStorage {
  /** undefined without such a bucket; `denied` where the caller may not know of it. */
  bucket(scope: Scope, name: string): Promise<TemplateBucket | 'denied' | undefined>;
  /** Puts a whole object; what is in the way of it, when that is the caller's to mend. Everything else is thrown. */
  put(scope: Scope, bucket: string, key: string, body: Uint8Array): Promise<'put' | 'missing' | 'denied'>;
}

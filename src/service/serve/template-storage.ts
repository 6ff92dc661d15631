import { failureOf } from '../../delivery/failures.ts';
import type { TemplateStorage } from '../../flow-logs/template/storage.ts';
import type { ObjectSink } from '../../standins/storage/object-storage.ts';

/** How long a template may take to be put, and a bucket to be looked at, in milliseconds. */
const ATTEMPT_MS = 10_000;

/** Templates of integrations in the buckets that records are delivered to. */
export function templateStorage(objects: ObjectSink): TemplateStorage {
  return {
    bucket: async (as, name) => {
      try {
        return await objects.bucket(name, as, AbortSignal.timeout(ATTEMPT_MS));
      } catch (error) {
        return deniedBy(error);
      }
    },
    put: async (as, bucket, key, body) => {
      const signal = AbortSignal.timeout(ATTEMPT_MS);
      try {
        await objects.put(bucket, key, [body], { contentType: 'application/json', signal, as });
        return 'put';
      } catch (error) {
        return isMissingBucket(error) ? 'missing' : deniedBy(error);
      }
    },
  };
}

/** Embedded storage has it as the code of an error, the SDK as its name. */
function isMissingBucket(error: unknown): boolean {
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  return code === 'NoSuchBucket' || name === 'NoSuchBucket';
}

/** What is not about access is a fault, and stays one. */
function deniedBy(error: unknown): 'denied' {
  if (failureOf(error).message === 'Access error') return 'denied';
  throw error;
}

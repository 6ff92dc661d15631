import { failureOf } from '../../delivery/failures.ts';
import type { TemplateStorage } from '../../flow-logs/template/storage.ts';
import { type ObjectSink, StorageError } from '../../standins/storage/object-storage.ts';

/** How long a template may take to be put, in milliseconds. */
const PUT_MS = 10_000;

/** Templates of integrations in the buckets that records are delivered to. */
export function templateStorage(objects: ObjectSink): TemplateStorage {
  return {
    bucket: (as, name) => objects.bucket(name, as),
    put: async (as, bucket, key, body) => {
      const signal = AbortSignal.timeout(PUT_MS);
      try {
        await objects.put(bucket, key, [body], { contentType: 'application/json', signal, as });
        return 'put';
      } catch (error) {
        if (error instanceof StorageError && error.code === 'NoSuchBucket') return 'missing';
        if (failureOf(error).message === 'Access error') return 'denied';
        throw error;
      }
    },
  };
}

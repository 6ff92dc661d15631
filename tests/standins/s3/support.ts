import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import type { LookupFunction } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { createS3Endpoint, type S3Answer, type S3Endpoint } from '../../../src/standins/s3/endpoint.ts';
import { type ObjectStorage, openObjectStorage } from '../../../src/standins/storage/objects.ts';
import type { AccessKey } from '../../../src/store/store.ts';
import type { ListenerLimits } from '../../../src/wire/limits.ts';
import { HttpListener } from '../../../src/wire/listener.ts';

function key(id: string, account: string, readOnly = false): AccessKey {
  return { id, secret: `secret-of-${id}-with-some-length`, account, readOnly, label: '', createdAt: 0 };
}

export const OWNER = key('AKIAOWNER00000000001', '111111111111');
export const READER = key('AKIAREADER0000000001', '111111111111', true);
export const OTHER = key('AKIAOTHER00000000001', '222222222222');
const KEYS = [OWNER, READER, OTHER];
export const REGION = 'eu-central-1';

export interface S3Place {
  readonly root: string;
  readonly port: number;
  readonly url: string;
  readonly storage: ObjectStorage;
  readonly listener: HttpListener;
  readonly endpoint: S3Endpoint;
  readonly answers: S3Answer[];
  readonly faults: unknown[];
  readonly changed: string[];
  client(key?: AccessKey, config?: S3ClientConfig): S3Client;
  close(): Promise<void>;
}

/** An embedded S3 on a port of its own, with a fresh root. */
export async function openS3(limits: Partial<ListenerLimits> = {}): Promise<S3Place> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-s3-'));
  const root = join(folder, 's3');
  const storage = await openObjectStorage(root);
  const answers: S3Answer[] = [];
  const faults: unknown[] = [];
  const changed: string[] = [];
  const endpoint = createS3Endpoint({
    storage,
    keys: { find: (id) => KEYS.find((it) => it.id === id) },
    onAnswer: (answer) => answers.push(answer),
    onFault: (error) => faults.push(error),
    onBucketChange: (name) => changed.push(name),
  });
  const listener = new HttpListener({
    host: '127.0.0.1',
    port: 0,
    routing: () => endpoint,
    limits,
    onFault: (error) => faults.push(error),
  });
  const { port } = await listener.start();
  const clients: S3Client[] = [];
  const url = `http://localhost:${port}`;
  return {
    root,
    port,
    url,
    storage,
    listener,
    endpoint,
    answers,
    faults,
    changed,
    client(as = OWNER, config = {}) {
      const client = new S3Client({
        endpoint: url,
        region: REGION,
        credentials: { accessKeyId: as.id, secretAccessKey: as.secret },
        forcePathStyle: true,
        maxAttempts: 1,
        ...config,
      });
      clients.push(client);
      return client;
    },
    async close() {
      for (const client of clients) client.destroy();
      await listener.stop(0);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Takes every name for this machine's: not every resolver knows those below localhost. */
export function toLoopback(): Agent {
  const lookup: LookupFunction = (_, options, callback) => {
    if (options.all === true) callback(null, [{ address: '127.0.0.1', family: 4 }]);
    else callback(null, '127.0.0.1', 4);
  };
  return new Agent({ lookup });
}

import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { PageTokens } from '../../../src/base/page-token.ts';
import { verifySignature } from '../../../src/identity/sigv4.ts';
import type { ServiceAnswer } from '../../../src/standins/answering.ts';
import { createLogsEndpoint } from '../../../src/standins/logs/endpoint.ts';
import { type LogStorage, openLogStorage } from '../../../src/standins/storage/logs.ts';
import type { AccessKey } from '../../../src/store/store.ts';
import { HttpListener } from '../../../src/wire/listener.ts';
import { KEYS, OTHER, OWNER, READER } from '../keys.ts';

export { OTHER, OWNER, READER };

export interface LogsServer {
  readonly url: string;
  readonly storage: LogStorage;
  readonly answers: ServiceAnswer[];
  readonly faults: unknown[];
  client(key?: AccessKey, region?: string): CloudWatchLogsClient;
  close(): Promise<void>;
}

/** The embedded CloudWatch Logs alone, on a socket, with signatures. */
export async function openLogsServer(root: string, now?: () => Date): Promise<LogsServer> {
  const storage = openLogStorage(root);
  const answers: ServiceAnswer[] = [];
  const faults: unknown[] = [];
  const endpoint = createLogsEndpoint({
    storage,
    pageTokens: new PageTokens(Buffer.alloc(32, 7)),
    authenticate: (request, service) => verifySignature(request, { service, keys: KEYS, now: Date.now() }),
    onAnswer: (answer) => answers.push(answer),
    onFault: (error) => faults.push(error),
    ...(now === undefined ? {} : { now }),
  });
  const listener = new HttpListener({
    host: '127.0.0.1',
    port: 0,
    routing: () => endpoint,
    onFault: (error) => faults.push(error),
  });
  const { port } = await listener.start();
  const url = `http://127.0.0.1:${port}`;
  const clients: CloudWatchLogsClient[] = [];
  return {
    url,
    storage,
    answers,
    faults,
    client: ({ id, secret } = OWNER, region = 'eu-central-1') => {
      const client = new CloudWatchLogsClient({
        endpoint: url,
        region,
        credentials: { accessKeyId: id, secretAccessKey: secret },
        maxAttempts: 1,
      });
      clients.push(client);
      return client;
    },
    close: async () => {
      for (const client of clients) client.destroy();
      await listener.stop(1_000);
    },
  };
}

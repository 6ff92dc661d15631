/** The calls that the demo makes as a client of the three APIs, over a signed exchange that it is given. */
import { gunzipSync } from 'node:zlib';

export interface ApiRequest {
  readonly service: 'ec2' | 's3' | 'logs';
  readonly method: string;
  /** Path and query, encoded. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Signs and sends a request; resolves with the answer, whatever its status. */
export type Exchange = (request: ApiRequest) => Promise<{ readonly status: number; readonly body: Buffer }>;

/** An object of the bucket, read. */
export interface DeliveredObject {
  readonly key: string;
  /** Bytes as they are stored, compressed. */
  readonly size: number;
  /** The field names, and the records. */
  readonly header: string;
  readonly lines: readonly string[];
}

export interface LogEvent {
  readonly logStreamName: string;
  readonly message: string;
}

export type Form = Readonly<Record<string, string>>;

export class DemoClient {
  readonly #exchange: Exchange;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  async createBucket(bucket: string, region: string): Promise<void> {
    const place = `<LocationConstraint>${region}</LocationConstraint>`;
    const xmlns = 'http://s3.amazonaws.com/doc/2006-03-01/';
    const body = `<CreateBucketConfiguration xmlns="${xmlns}">${place}</CreateBucketConfiguration>`;
    await this.#ask(s3('PUT', `/${bucket}`, body));
  }

  async createLogGroup(name: string): Promise<void> {
    await this.#logs('CreateLogGroup', { logGroupName: name });
  }

  /** The id of the flow log that the form makes. */
  async createFlowLog(form: Form): Promise<string> {
    const body = new URLSearchParams({ Action: 'CreateFlowLogs', Version: '2016-11-15', ...form }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await this.#ask({ service: 'ec2', method: 'POST', target: '/', headers, body });
    const id = /<flowLogIdSet>\s*<item>(fl-[0-9a-f]{17})<\/item>/.exec(answer.toString())?.[1];
    if (id === undefined)
      throw new Error(`CreateFlowLogs made no flow log: ${answer.toString().slice(0, 500)}`);
    return id;
  }

  /** Every object of a bucket, in the order of keys. */
  async readBucket(bucket: string): Promise<DeliveredObject[]> {
    const objects: DeliveredObject[] = [];
    for (const key of await this.keys(bucket)) {
      const body = await this.#ask(
        s3('GET', `/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`),
      );
      const [header = '', ...lines] = gunzipSync(body).toString().split('\n').slice(0, -1);
      objects.push({ key, size: body.length, header, lines });
    }
    return objects;
  }

  /** Every event of a log group. */
  async readLogGroup(name: string): Promise<LogEvent[]> {
    const events: LogEvent[] = [];
    let nextToken: string | undefined;
    do {
      const page = (await this.#logs('FilterLogEvents', {
        logGroupName: name,
        ...(nextToken === undefined ? {} : { nextToken }),
      })) as { events?: LogEvent[]; nextToken?: string };
      events.push(...(page.events ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return events;
  }

  /** Keys of all objects of a bucket, in their order. */
  async keys(bucket: string): Promise<string[]> {
    const keys: string[] = [];
    let after = '';
    for (;;) {
      const query = after === '' ? '' : `&start-after=${encodeURIComponent(after)}`;
      const page = (await this.#ask(s3('GET', `/${bucket}?list-type=2${query}`))).toString();
      // Keys of flow logs have nothing in them that XML escapes.
      const found = [...page.matchAll(/<Key>([^<]*)<\/Key>/g)].map((match) => match[1]!);
      keys.push(...found);
      if (!page.includes('<IsTruncated>true</IsTruncated>') || found.length === 0) return keys;
      after = found.at(-1)!;
    }
  }

  async #logs(action: string, input: object): Promise<unknown> {
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `Logs_20140328.${action}`,
    };
    const body = JSON.stringify(input);
    const answer = await this.#ask({ service: 'logs', method: 'POST', target: '/', headers, body });
    return answer.length === 0 ? {} : JSON.parse(answer.toString());
  }

  async #ask(request: ApiRequest): Promise<Buffer> {
    const { status, body } = await this.#exchange(request);
    if (status >= 200 && status < 300) return body;
    const what = `${request.service} ${request.method} ${request.target}`;
    throw new Error(`${what} was answered ${status}: ${body.toString().slice(0, 500)}`);
  }
}

function s3(method: string, target: string, body = ''): ApiRequest {
  return { service: 's3', method, target, headers: {}, body };
}

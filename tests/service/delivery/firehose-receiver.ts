/** A Firehose of a test's own: takes PutRecordBatch and DescribeDeliveryStream, keeps what came, refuses what it is told. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface PutInput {
  readonly DeliveryStreamName: string;
  readonly Records: readonly { readonly Data: string }[];
}

export class FirehoseReceiver {
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  /** Records by stream, in the order of their coming. */
  readonly #taken = new Map<string, string[]>();
  /** Whether a record, by its number over all requests, fails by itself. */
  failing: (number: number) => boolean = () => false;
  #seen = 0;
  /** Records that failed. */
  failed = 0;

  static async open(): Promise<FirehoseReceiver> {
    const receiver = new FirehoseReceiver();
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What came for a stream: the message of each record. */
  messages(stream: string): string[] {
    return (this.#taken.get(stream) ?? []).map((record) => {
      const { message } = JSON.parse(record) as { message: string };
      if (record !== `${JSON.stringify({ message })}\n`) throw new RangeError(`no record: ${record}`);
      return message;
    });
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    // A client that goes away in the middle has put nothing.
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const operation = String(request.headers['x-amz-target']).split('.').at(-1)!;
    const input = JSON.parse(Buffer.concat(chunks).toString()) as PutInput;
    const answer = operation === 'PutRecordBatch' ? this.#put(input) : described(input);
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
  }

  #put({ DeliveryStreamName: stream, Records }: PutInput): object {
    const answers = Records.map(({ Data }) => {
      const number = this.#seen++;
      if (this.failing(number)) {
        this.failed++;
        return { ErrorCode: 'ServiceUnavailableException', ErrorMessage: 'Slow down.' };
      }
      const taken = this.#taken.get(stream) ?? [];
      if (taken.length === 0) this.#taken.set(stream, taken);
      taken.push(Buffer.from(Data, 'base64').toString());
      return { RecordId: `record-${number}` };
    });
    const failed = answers.filter((it) => 'ErrorCode' in it).length;
    return { FailedPutCount: failed, Encrypted: false, RequestResponses: answers };
  }
}

function described({ DeliveryStreamName }: PutInput): object {
  return {
    DeliveryStreamDescription: {
      DeliveryStreamName,
      DeliveryStreamARN: `arn:aws:firehose:eu-central-1:123456789012:deliverystream/${DeliveryStreamName}`,
      DeliveryStreamStatus: 'ACTIVE',
      DeliveryStreamType: 'DirectPut',
      VersionId: '1',
      Destinations: [],
      HasMoreDestinations: false,
    },
  };
}

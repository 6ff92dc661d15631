/** A server in the test that speaks AWS JSON 1.1, with faults to order. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AwsClients } from '../../../src/delivery/aws/clients.ts';

export interface JsonRequest {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A refusal of the protocol. */
export class Refusal extends Error {
  readonly status: number;
  readonly members: object;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: string,
    {
      status = 400,
      members = {},
      headers = {},
    }: { status?: number; members?: object; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(`made for a test: ${code}`);
    this.name = code;
    this.status = status;
    this.members = members;
    this.headers = headers;
  }
}

/**
 * What happens to a request: a refusal instead of an answer; `lose`: it is done, and the connection ends without an
 * answer; `hang`: nothing is done, and no answer comes.
 */
export type JsonFault = Refusal | 'lose' | 'hang' | undefined;

export interface JsonServer {
  readonly clients: AwsClients;
  /** In the order in which they came. */
  readonly requests: JsonRequest[];
  /** Requests under way at a time, at most. */
  readonly most: number;
  fault: (request: JsonRequest) => JsonFault;
  close(): Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** Serves `answer`, which throws Refusals. */
export async function openJsonServer(answer: (request: JsonRequest) => object): Promise<JsonServer> {
  const requests: JsonRequest[] = [];
  let underWay = 0;
  let most = 0;
  const refuse = (response: ServerResponse, { name, message, status, members, headers }: Refusal): void => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', ...headers });
    response.end(JSON.stringify({ __type: name, message, ...members }));
  };
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const input = JSON.parse((await bodyOf(incoming)).toString()) as Record<string, unknown>;
    const request = { operation: String(incoming.headers['x-amz-target']).split('.')[1]!, input };
    requests.push(request);
    most = Math.max(most, ++underWay);
    // Others may come in the meantime.
    await new Promise((resolve) => setTimeout(resolve, 2));
    underWay--;
    const fault = server.fault(request);
    if (fault === 'hang') return;
    try {
      if (fault instanceof Refusal) throw fault;
      const output = answer(request);
      if (fault === 'lose') incoming.socket.destroy();
      else {
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
        response.end(JSON.stringify(output));
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refuse(response, error);
    }
  };
  const http = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const clients = new AwsClients({
    endpoint: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIAWEIRTEST', secretAccessKey: 'a secret' },
  });
  const server: JsonServer = {
    clients,
    requests,
    get most() {
      return most;
    },
    fault: () => undefined,
    close: async () => {
      clients.destroy();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  return server;
}

import * as ec2 from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { buildShapes, operationsOf } from '../../../scripts/generate-shapes.ts';
import { readInput } from '../../../src/api/protocol/form.ts';
import { writeOutput } from '../../../src/api/protocol/output.ts';
import { linkOperations, type Operation } from '../../../src/api/protocol/shapes.ts';
import { ec2ResponseBody } from '../../../src/wire/envelopes.ts';
import { parseForm } from '../../../src/wire/query.ts';
import { RandomValues, seededRandom } from './random-values.ts';

/**
 * The conformance test of the codecs: random values over every operation that the official client knows,
 * through that client's own serializer and deserializer. The client's transport is a stub, so that no socket
 * is needed; everything before and behind it is the client's.
 */

const SEED = Number(process.env['ROUND_TRIP_SEED'] ?? 20160115);
const ROUNDS = Number(process.env['ROUND_TRIP_ROUNDS'] ?? 3);

interface SentRequest {
  readonly body: string;
}
type Command = Parameters<ec2.EC2Client['send']>[0];
type CommandClass = new (input: object) => Command;

class Loop {
  sent: SentRequest | undefined;
  answer = '';
  readonly client = new ec2.EC2Client({
    region: 'eu-central-1',
    endpoint: 'http://localhost:1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler: {
      handle: (request: unknown) => {
        this.sent = request as SentRequest;
        const body = new TextEncoder().encode(this.answer);
        return Promise.resolve({
          response: { statusCode: 200, headers: { 'content-type': 'text/xml' }, body },
        });
      },
    } as never,
  });

  /** Sends an input and gets an output back; returns what the client made of both. */
  async run(operation: Operation, input: object, output: object): Promise<{ form: string; output: object }> {
    const CommandOf = (ec2 as unknown as Record<string, CommandClass>)[`${operation.name}Command`]!;
    this.answer = ec2ResponseBody(operation.name, 'urn:x', 'req-1', writeOutput(operation.output, output));
    const result: object = await this.client.send(new CommandOf(input));
    const { $metadata: _, ...rest } = result as { $metadata: unknown };
    return { form: this.sent!.body, output: rest };
  }
}

/** Members that the client adds by itself: a presigned URL and its region (CopySnapshot). */
const ADDED_BY_CLIENT: Readonly<Record<string, readonly string[]>> = {
  CopySnapshot: ['PresignedUrl', 'DestinationRegion'],
};

describe('every operation of the official client, both ways', () => {
  const names = operationsOf(ec2);
  const operations = linkOperations(buildShapes(ec2, names));
  const loop = new Loop();
  const random = seededRandom(SEED);
  const inputs = new RandomValues(random, 'form');
  const outputs = new RandomValues(random, 'xml');

  const rounds = Array.from({ length: ROUNDS }, (_, i) => i + 1);
  test.each(rounds)(`${names.length} operations, seed ${SEED}, round %i`, { timeout: 60_000 }, async () => {
    expect(names.length).toBeGreaterThan(800);
    let members = 0;
    for (const operation of operations.values()) {
      const input = inputs.root(operation.input);
      const output = outputs.root(operation.output);
      const seen = await loop.run(operation, input, output);
      expect(seen.output, `${operation.name}, response`).toEqual(output);

      const parameters = parseForm(Buffer.from(seen.form));
      expect(parameters.slice(0, 2)).toEqual([
        ['Action', operation.name],
        ['Version', '2016-11-15'],
      ]);
      const read = readInput(operation.input, parameters.slice(2));
      const added = ADDED_BY_CLIENT[operation.name] ?? [];
      for (const name of added) if (!(name in input)) delete read[name];
      expect(read, `${operation.name}, request`).toEqual(input);
      members += parameters.length;
    }
    expect(members).toBeGreaterThan(5 * names.length); // it does send something
  });
});

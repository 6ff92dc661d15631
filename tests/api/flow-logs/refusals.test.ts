import { describe, expect, test } from 'vitest';
import type { ActionContext } from '../../../src/api/actions.ts';
import { asked, describeRefused } from '../../../src/api/actions/flow-logs/refusals.ts';
import { ERRORS, type Values } from '../../../src/api/errors.ts';
import { fault, type FaultArguments, type FaultSituation, refused } from '../../../src/flow-logs/faults.ts';

/** The situations of flow-logs/ whose values are not those that the catalogue's text has holes for. */
type Disagreeing = {
  readonly [S in FaultSituation]: FaultArguments[S] extends Values<S> ? never : S;
}[FaultSituation];
/** Does not compile when there is one. */
const DISAGREEING: readonly never[] = [] as Disagreeing[];

const context = {
  account: '123456789012',
  region: 'eu-central-1',
  now: new Date(0),
  permit: (input: { readonly DryRun?: boolean | undefined }) => {
    if (input.DryRun === true) throw new RangeError('dry');
  },
} as unknown as ActionContext;

describe('what flow-logs/ refuses', () => {
  test('is worded by the catalogue, situation by situation', () => {
    expect(DISAGREEING).toEqual([]);
    expect(describeRefused(refused('bucketMissing', { name: 'b' }))).toEqual({
      code: '400',
      message: 'LogDestination: b does not exist',
    });
  });

  test('reaches the client as the catalogue has it; everything else passes as it is', async () => {
    const refusedCall = asked(context, {}, () => Promise.reject(fault('vpcNotFound', { id: 'vpc-1' })));
    await expect(refusedCall).rejects.toMatchObject({
      name: 'ServiceError',
      code: ERRORS.vpcNotFound.code,
      status: 400,
      message: "The vpc ID 'vpc-1' does not exist",
    });
    const other = new RangeError('a fault of the program');
    await expect(asked(context, {}, () => Promise.reject(other))).rejects.toBe(other);
  });

  test('the scope, the time and the last check are those of the request', async () => {
    const call = await asked(context, { DryRun: true }, (it) => Promise.resolve(it));
    expect(call.scope).toEqual({ account: '123456789012', region: 'eu-central-1' });
    expect(call.now).toBe(context.now);
    expect(() => call.permit()).toThrow('dry');
  });
});

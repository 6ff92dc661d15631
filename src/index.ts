/**
 * The service as a library, for tests of what reads flow logs:
 *
 *     import { startWeir } from 'weir-flow-logs';
 *     const weir = await startWeir();
 *     // create a bucket and a flow log with any AWS SDK: weir.endpoint, weir.region, weir.credentials
 *     await weir.replay('capture.pcap');
 *     // read the objects
 *     await weir.close();
 */
export { startWeir } from './service/library/start-weir.ts';
export type { ReplayCaptures, Weir, WeirOptions, WeirReplayOptions } from './service/library/start-weir.ts';
export type { ReplayDone, StatusAnswer } from './service/endpoint/messages.ts';
export { UserError } from './base/errors.ts';

/** The demo's service in this process, and the signed exchange by which the demo is its client. */
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { PROFILE, profileFiles } from '../../identity/profile.ts';
import { findPlace, type Place } from '../endpoint/client-credentials.ts';
import { signedHeaders } from '../endpoint/client-signing.ts';
import { defaultConfig } from '../serve/config.ts';
import type { ReplaySummary } from '../serve/control.ts';
import { logOnlyTrouble } from '../serve/log.ts';
import { startService } from '../serve/service.ts';
import type { Exchange } from './calls.ts';
import type { Reach } from './commands.ts';

/** How long the service may be silent. */
const SILENCE_MS = 15_000;

export interface DemoService {
  readonly account: string;
  readonly region: string;
  readonly reach: Reach;
  readonly exchange: Exchange;
  /** Records captures, and publishes what they bring before it resolves. */
  replay(files: readonly string[], signal: AbortSignal): Promise<ReplaySummary>;
  close(): Promise<void>;
}

/** Starts a service on any free port of loopback, with its data in the folder. */
export async function startDemoService(folder: string, network: string): Promise<DemoService> {
  const config = { ...defaultConfig(), listen: { host: '127.0.0.1', port: 0 }, network };
  const directory = join(folder, 'data');
  logOnlyTrouble();
  const service = await startService({ config, directory, environment: {} });
  const place = findPlace({ data: directory }, {});
  return {
    account: config.account,
    region: config.region,
    reach: { url: service.url, profile: PROFILE, ...profileFiles(directory) },
    exchange: exchangeWith(place),
    replay: (files, signal) => service.control.replay(files, { signal }),
    close: () => service.close(),
  };
}

/** Sends signed requests to a service, one connection each. */
export function exchangeWith(place: Place): Exchange {
  return (request) =>
    new Promise((resolve, reject) => {
      const body = Buffer.from(request.body);
      const headers = { ...signedHeaders(place, { ...request, body }), 'content-length': body.length };
      const { hostname, port } = place.url;
      const { method, target } = request;
      const sent = httpRequest(
        { host: hostname, port, method, path: target, headers, agent: false, timeout: SILENCE_MS },
        (response) => {
          const pieces: Buffer[] = [];
          response.on('data', (piece: Buffer) => pieces.push(piece));
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces) }),
          );
          response.on('error', reject);
        },
      );
      sent.on('timeout', () => sent.destroy(new Error(`it said nothing for ${SILENCE_MS / 1000} s`)));
      sent.on('error', reject);
      sent.end(body);
    });
}

/**
 * Weir's own endpoint: what the APIs of Amazon have no word for, signed like them for the service `weir`. Answers
 * are JSON, refusals `{"code","message"}`. Status and tail show the caller's account and region only; a replay goes to
 * every flow log that its captures touch, and takes a key that may change things, as does a flush.
 */
import { messageOf, UserError } from '../../base/errors.ts';
import type { RawRequest } from '../../base/raw-request.ts';
import { isServiceError, ServiceError } from '../../base/service-error.ts';
import type { Caller } from '../../identity/caller.ts';
import { authorize } from '../../identity/permissions.ts';
import { type KeySource, verifySignature } from '../../identity/sigv4.ts';
import type { Endpoint, RawResponse, RequestHead } from '../../wire/endpoint.ts';
import { claimedService } from '../../wire/scope.ts';
import type { ServiceControl } from '../serve/control.ts';
import { jsonAnswer, linesAnswer } from './answers.ts';
import { LineQueue } from './line-queue.ts';
import { MAX_PIECE, OWN_PATH, OWN_SERVICE, shownStatus, type Uploaded } from './messages.ts';
import type { AnsweredRequest } from './request-metrics.ts';
import { type OwnRequest, parseReplay, parseTarget } from './requests.ts';
import { flushLines, replayLines, withEnd } from './streams.ts';
import type { UploadStore } from './uploads.ts';

/** Tails at a time, over all clients. */
const MAX_TAILS = 64;

export interface OwnEndpointOptions {
  readonly control: ServiceControl;
  readonly keys: KeySource;
  /** Started by whoever owns it. */
  readonly uploads: UploadStore;
  readonly now?: () => number;
  readonly onAnswer?: (answer: AnsweredRequest) => void;
  readonly onFault?: (error: unknown) => void;
}

/** Whether a request is for this endpoint: an S3 client may have a key of that path. */
export function isOwn(head: RequestHead): boolean {
  if (!head.target.startsWith(OWN_PATH)) return false;
  const claimed = claimedService(head);
  return claimed === undefined || claimed === OWN_SERVICE;
}

export class OwnEndpoint implements Endpoint {
  readonly maxBodyBytes = MAX_PIECE;
  readonly #options: OwnEndpointOptions;
  readonly #tails = new Set<LineQueue>();
  #closed = false;

  constructor(options: OwnEndpointOptions) {
    this.#options = options;
  }

  async handle(request: RawRequest): Promise<RawResponse> {
    const began = performance.now();
    let action: string | undefined;
    let answer: RawResponse;
    try {
      const { keys, now = Date.now } = this.#options;
      const caller = verifySignature(request, { service: OWN_SERVICE, keys, now: now() });
      const asked = parseTarget(request);
      action = asked.action;
      authorize(caller, action);
      answer = await this.#answer(asked, caller, request.body);
    } catch (error) {
      answer = this.#refusal(error);
    }
    const milliseconds = performance.now() - began;
    this.#options.onAnswer?.({ service: OWN_SERVICE, action, status: answer.status, milliseconds });
    return answer;
  }

  refuse(_head: RequestHead, { code, message, status }: Parameters<Endpoint['refuse']>[1]): RawResponse {
    return jsonAnswer(status, { code, message });
  }

  /** Ends the tails, which would else keep their connections for ever. */
  close(): void {
    this.#closed = true;
    for (const tail of this.#tails) tail.end();
  }

  async #answer(asked: OwnRequest, caller: Caller, body: Uint8Array): Promise<RawResponse> {
    const { control, uploads, onFault = () => {} } = this.#options;
    const { account, region } = caller;
    switch (asked.action) {
      case 'PutUpload': {
        const { name, offset } = asked;
        const uploaded: Uploaded = { name, bytes: await uploads.put(account, name, offset, body) };
        return jsonAnswer(200, uploaded);
      }
      case 'DeleteUpload':
        return jsonAnswer(200, { deleted: await uploads.delete(account, asked.name) });
      case 'Replay': {
        const { uploads: taken, names = taken, ...options } = parseReplay(body);
        const files = await uploads.take(account, taken);
        return linesAnswer(replayLines(control, files, names, options, onFault));
      }
      case 'Flush':
        return linesAnswer(flushLines(control, onFault));
      case 'GetTail':
        return this.#tail({ account, region }, asked.flowLogs);
      default:
        return jsonAnswer(200, shownStatus(control.status({ account, region })));
    }
  }

  async #tail(scope: { account: string; region: string }, flowLogs: readonly string[]): Promise<RawResponse> {
    if (this.#tails.size >= MAX_TAILS || this.#closed) {
      throw new ServiceError('TooManyTails', `${MAX_TAILS} tails are open: end one of them first.`, 503);
    }
    const queue = new LineQueue();
    this.#tails.add(queue);
    let stop: (() => void) | undefined;
    try {
      stop = await this.#options.control.tail(scope, flowLogs, (flowLog, text) => queue.push(flowLog, text));
    } finally {
      if (stop === undefined) this.#tails.delete(queue);
    }
    const stopped = stop;
    return linesAnswer(
      withEnd(queue.lines(), () => {
        this.#tails.delete(queue);
        stopped();
      }),
    );
  }

  #refusal(error: unknown): RawResponse {
    if (isServiceError(error)) {
      const { status, code, message } = error;
      return jsonAnswer(status, { code, message });
    }
    if (error instanceof UserError)
      return jsonAnswer(400, { code: 'InvalidRequest', message: messageOf(error) });
    this.#options.onFault?.(error);
    return jsonAnswer(500, { code: 'InternalError', message: 'An internal error has occurred.' });
  }
}

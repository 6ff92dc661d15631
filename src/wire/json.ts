/** AWS JSON 1.1: the operation in X-Amz-Target, an object in the body, errors with `__type`. */
import type { RawRequest } from '../base/raw-request.ts';
import { headerValues } from '../base/raw-request.ts';
import type { RawResponse } from './endpoint.ts';
import type { WireError } from './envelopes.ts';

export const JSON_CONTENT_TYPE = 'application/x-amz-json-1.1';

/** Deepest nesting of a body: operations here need four. */
const MAX_DEPTH = 16;

/** The operation of a request by its X-Amz-Target, `PREFIX.Operation`; undefined for any other. */
export function jsonOperation(request: RawRequest, prefix: string): string | undefined {
  const targets = headerValues(request, 'x-amz-target');
  const match = /^([A-Za-z0-9_]{1,128})\.([A-Za-z]{1,128})$/.exec(targets[0] ?? '');
  return targets.length === 1 && match?.[1] === prefix ? match[2] : undefined;
}

/**
 * The object of a body; undefined where it is none, is no UTF-8, or is nested too deeply. An empty body is an
 * empty object. How long a body may be is the listener's to keep.
 */
export function parseJsonBody(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  if (body.length === 0) return {};
  if (!isShallow(body)) return undefined;
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether nothing is nested deeper than the bound; looked at before parsing, which recurses. */
function isShallow(body: Uint8Array): boolean {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (quoted) {
      if (byte === 0x5c) i++;
      else if (byte === 0x22) quoted = false;
    } else if (byte === 0x22) {
      quoted = true;
    } else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > MAX_DEPTH) return false;
    } else if (byte === 0x7d || byte === 0x5d) {
      depth--;
    }
  }
  return true;
}

/** An answer; members that are undefined are left out. Without an output the body is empty, as the service's. */
export function jsonResponse(
  output: object | undefined,
  requestId: string,
  contentType = JSON_CONTENT_TYPE,
): RawResponse {
  return {
    status: 200,
    headers: [
      ['x-amzn-RequestId', requestId],
      ['Content-Type', contentType],
    ],
    body: output === undefined ? '' : JSON.stringify(output),
  };
}

/** A refusal. */
export function jsonError({ code, message, status }: WireError, requestId: string): RawResponse {
  return {
    status,
    headers: [
      ['x-amzn-RequestId', requestId],
      ['x-amzn-errortype', code],
      ['Content-Type', JSON_CONTENT_TYPE],
    ],
    body: JSON.stringify({ __type: code, message }),
  };
}

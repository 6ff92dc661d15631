import { escapeXml, XML_DECLARATION, xmlElement } from './xml.ts';

/** Error and response envelopes of the protocols, by what clients parse. */

/** What an envelope says about a refusal. */
export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly status: number;
}

export const XML_CONTENT_TYPE = 'text/xml;charset=UTF-8';

/** EC2: `<Response><Errors><Error>…</Error></Errors><RequestID>…`. */
export function ec2ErrorBody(error: WireError, requestId: string): string {
  return (
    `${XML_DECLARATION}<Response><Errors><Error>` +
    xmlElement('Code', error.code) +
    xmlElement('Message', error.message) +
    `</Error></Errors>${xmlElement('RequestID', requestId)}</Response>`
  );
}

/** Other Query services (STS): `<ErrorResponse xmlns><Error><Type>…`, with the side that is at fault. */
export function queryErrorBody(error: WireError, requestId: string, namespace: string): string {
  return (
    `${XML_DECLARATION}<ErrorResponse xmlns="${escapeXml(namespace)}"><Error>` +
    xmlElement('Type', error.status >= 500 ? 'Receiver' : 'Sender') +
    xmlElement('Code', error.code) +
    xmlElement('Message', error.message) +
    `</Error>${xmlElement('RequestId', requestId)}</ErrorResponse>`
  );
}

/** Before the protocol of a request is known: a bare `<Error>`, which every XML client reads. */
export function genericErrorBody(error: WireError, requestId: string): string {
  return (
    `${XML_DECLARATION}<Error>` +
    xmlElement('Code', error.code) +
    xmlElement('Message', error.message) +
    `${xmlElement('RequestId', requestId)}</Error>`
  );
}

/** EC2: the request id stands first, then the members of the output. */
export function ec2ResponseBody(
  action: string,
  namespace: string,
  requestId: string,
  members: string,
): string {
  return (
    `${XML_DECLARATION}<${action}Response xmlns="${escapeXml(namespace)}">` +
    `${xmlElement('requestId', requestId)}${members}</${action}Response>`
  );
}

/** Other Query services: the output inside `<ActionResult>`, the request id in `<ResponseMetadata>`. */
export function queryResponseBody(
  action: string,
  namespace: string,
  requestId: string,
  members: string,
): string {
  return (
    `${XML_DECLARATION}<${action}Response xmlns="${escapeXml(namespace)}">` +
    `<${action}Result>${members}</${action}Result>` +
    `<ResponseMetadata>${xmlElement('RequestId', requestId)}</ResponseMetadata></${action}Response>`
  );
}

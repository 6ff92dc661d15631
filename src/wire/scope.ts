import { headerValues, type RawRequest } from '../base/raw-request.ts';

/**
 * The service that a request says it is signed for: the fourth part of the credential scope
 * (`key/date/region/service/aws4_request`), from the Authorization header or the presigned query. A claim,
 * good for routing and for choosing an error's envelope; verifying it is identity's.
 */
export function claimedService(request: Pick<RawRequest, 'headers' | 'target'>): string | undefined {
  for (const value of headerValues(request, 'authorization')) {
    const match = /\bCredential=[^/,\s]{1,256}\/[0-9]{1,16}\/[^/,\s]{1,64}\/([a-z0-9-]{1,64})\//.exec(
      value.slice(0, 2048),
    );
    if (match) return match[1];
  }
  const match =
    /[?&]X-Amz-Credential=[^&/%]{1,256}(?:%2[Ff]|\/)[0-9]{1,16}(?:%2[Ff]|\/)[^&/%]{1,64}(?:%2[Ff]|\/)([a-z0-9-]{1,64})(?:%2[Ff]|\/)/.exec(
      request.target,
    );
  return match?.[1];
}

import type { SigningFault, Wording } from './errors.ts';

const DETAILED = (detail: string): string => detail;

/** How Weir's own endpoint words a refusal: what is wrong, and what to do. */
export const OWN_SIGNING_ERRORS: Readonly<Record<SigningFault, Wording>> = {
  'no credentials': own(
    'MissingAuthentication',
    401,
    'The request is not signed: sign it with Signature Version 4 for the service weir.',
  ),
  malformed: own('MalformedAuthentication', 400, DETAILED),
  'wrong scope': own('WrongScope', 403, DETAILED),
  'host not signed': own('HeaderNotSigned', 403, 'The Host header must be signed.'),
  'headers not signed': own('HeaderNotSigned', 403, DETAILED),
  'session token': own('UnknownKey', 403, 'There are no session tokens here: sign with an access key alone.'),
  'unknown key': own('UnknownKey', 403, 'The access key is not one of this service: see weir keys list.'),
  'outside its time': own('RequestExpired', 403, DETAILED),
  'presign bounds': own('MalformedAuthentication', 400, DETAILED),
  'body differs': own('BodyDiffers', 400, 'The body is not the one that x-amz-content-sha256 declares.'),
  'signature differs': own(
    'SignatureDiffers',
    403,
    'The signature is not that of the request: check the secret access key.',
  ),
};

function own(code: string, status: number, text: Wording['text']): Wording {
  return { code, status, text, source: 'own' };
}

import { ServiceError } from '../../base/service-error.ts';
import { escapeXml, XML_DECLARATION, xmlElement } from '../../wire/xml.ts';
import { codeOf } from '../storage/objects-files.ts';
import { StorageError } from '../storage/object-storage.ts';

/** The refusals of the S3 API: status and text by code (Amazon S3 API Reference, "Error responses"). */
const REFUSALS = {
  AccessDenied: [403, 'Access Denied'],
  BadDigest: [
    400,
    'The Content-MD5 or checksum value that you specified did not match what the server received.',
  ],
  BucketAlreadyExists: [
    409,
    'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
  ],
  BucketAlreadyOwnedByYou: [
    409,
    'Your previous request to create the named bucket succeeded and you already own it.',
  ],
  BucketNotEmpty: [409, 'The bucket you tried to delete is not empty'],
  EntityTooLarge: [400, 'Your proposed upload exceeds the maximum allowed size'],
  EntityTooSmall: [400, 'Your proposed upload is smaller than the minimum allowed size'],
  IncompleteBody: [
    400,
    'You did not provide the number of bytes specified by the Content-Length HTTP header.',
  ],
  InternalError: [500, 'We encountered an internal error. Please try again.'],
  InvalidArgument: [400, 'Invalid Argument'],
  InvalidBucketName: [400, 'The specified bucket is not valid.'],
  InvalidDigest: [400, 'The Content-MD5 or checksum value that you specified is not valid.'],
  InvalidLocationConstraint: [400, 'The specified location-constraint is not valid'],
  InvalidPart: [
    400,
    "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
  ],
  InvalidPartOrder: [
    400,
    'The list of parts was not in ascending order. The parts list must be specified in order by part number.',
  ],
  InvalidRange: [416, 'The requested range is not satisfiable'],
  InvalidRequest: [400, 'Invalid Request'],
  InvalidURI: [400, "Couldn't parse the specified URI."],
  KeyTooLongError: [400, 'Your key is too long'],
  MalformedXML: [
    400,
    'The XML you provided was not well-formed or did not validate against our published schema',
  ],
  MaxMessageLengthExceeded: [400, 'Your request was too large.'],
  MetadataTooLarge: [400, 'Your metadata headers exceed the maximum allowed metadata size'],
  MethodNotAllowed: [405, 'The specified method is not allowed against this resource.'],
  MissingContentLength: [411, 'You must provide the Content-Length HTTP header.'],
  NoSuchBucket: [404, 'The specified bucket does not exist'],
  NoSuchKey: [404, 'The specified key does not exist.'],
  NoSuchUpload: [
    404,
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
  ],
  NoSuchVersion: [404, 'The specified version does not exist.'],
  NotImplemented: [501, 'A header or parameter you provided implies functionality that is not implemented'],
  PreconditionFailed: [412, 'At least one of the pre-conditions you specified did not hold'],
  SlowDown: [503, 'Please reduce your request rate.'],
  TooManyBuckets: [400, 'You have attempted to create more buckets than allowed'],
} as const satisfies Record<string, readonly [status: number, message: string]>;

export type RefusalCode = keyof typeof REFUSALS;

/** A refusal of the API, in its own words unless others are given. */
export function refuse(code: RefusalCode, message: string = REFUSALS[code][1]): ServiceError {
  return new ServiceError(code, message, REFUSALS[code][0]);
}

/** What the client gets to read of anything thrown; undefined for what is a fault of the service. */
export function refusalOf(error: unknown): ServiceError | undefined {
  if (error instanceof ServiceError) return error;
  if (error instanceof StorageError) {
    switch (error.code) {
      case 'InvalidName':
        return refuse('InvalidURI', error.message);
      case 'BucketExists':
        return refuse('BucketAlreadyExists');
      default:
        return refuse(error.code);
    }
  }
  return codeOf(error) === 'ENAMETOOLONG' ? refuse('KeyTooLongError') : undefined;
}

/** Code and message, of a whole answer or of one of its parts. */
export function errorMembers(error: Pick<ServiceError, 'code' | 'message'>): string {
  return xmlElement('Code', error.code) + xmlElement('Message', error.message);
}

/** `<Error>` as S3's clients read it; `about` are further members. */
export function errorBody(
  error: Pick<ServiceError, 'code' | 'message'>,
  about: Readonly<Record<string, string | undefined>>,
  requestId: string,
): string {
  const members = Object.entries(about).map(([name, value]) =>
    value === undefined ? '' : `<${name}>${escapeXml(value)}</${name}>`,
  );
  return (
    `${XML_DECLARATION}<Error>${errorMembers(error)}` +
    `${members.join('')}${xmlElement('RequestId', requestId)}${xmlElement('HostId', requestId)}</Error>`
  );
}

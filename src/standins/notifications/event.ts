/** The JSON that tells of an object (Amazon S3 User Guide, "Event message structure", version 2.1). */
import type { NewObject } from '../storage/objects-events.ts';

/** What delivery's own objects say of who put them, and from where. Inferred: recorded events of flow logs name a role of
 * the delivery service, which does not exist here. */
const DELIVERY_PRINCIPAL = 'AWS:AIDELIVERY:delivery.logs.amazonaws.com';
const UNKNOWN_ADDRESS = '127.0.0.1';
/** Digits of a sequencer: of two events of a key, the later one's is the greater text. */
const SEQUENCER_DIGITS = 18;

/** `ObjectCreated:…` of an object. */
export function eventName({ cause }: Pick<NewObject, 'cause'>): string {
  return `ObjectCreated:${cause?.event ?? 'Put'}`;
}

/** The message of one created object. `number` rises from event to event. */
export function createdMessage(object: NewObject, configurationId: string, number: number): string {
  const { bucket, info, cause } = object;
  const sequencer = number.toString(16).toUpperCase().padStart(SEQUENCER_DIGITS, '0');
  const requestId = cause?.requestId ?? sequencer.slice(-16);
  return JSON.stringify({
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: bucket.region,
        eventTime: new Date(info.lastModified).toISOString(),
        eventName: eventName(object),
        userIdentity: { principalId: cause === undefined ? DELIVERY_PRINCIPAL : `AWS:${cause.principal}` },
        requestParameters: { sourceIPAddress: cause?.address ?? UNKNOWN_ADDRESS },
        responseElements: { 'x-amz-request-id': requestId, 'x-amz-id-2': requestId },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId,
          bucket: {
            name: bucket.name,
            ownerIdentity: { principalId: bucket.account },
            arn: `arn:aws:s3:::${bucket.name}`,
          },
          object: { key: formEncoded(info.key), size: info.size, eTag: info.etag, sequencer },
        },
      },
    ],
  });
}

/** What a queue gets when a configuration begins to name it. */
export function testMessage(bucket: string, requestId: string, now: number): string {
  return JSON.stringify({
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: new Date(now).toISOString(),
    Bucket: bucket,
    RequestId: requestId,
    HostId: requestId,
  });
}

/** A key as events have it: encoded as forms are (a space is `+`), but for slashes. */
export function formEncoded(key: string): string {
  return encodeURIComponent(key)
    .replaceAll('%2F', '/')
    .replaceAll('%20', '+')
    .replace(/[!'()~]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

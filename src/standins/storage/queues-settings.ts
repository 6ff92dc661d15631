/** What the attributes of a queue, kept as the texts that clients gave, mean. */

/** Most that a body and its attributes may weigh, bytes: what the service has offered since 2025. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;

/** Attributes that are whole numbers: bounds and default. */
export const NUMBERS = {
  DelaySeconds: { min: 0, max: 900, value: 0 },
  MaximumMessageSize: { min: 1024, max: MAX_MESSAGE_BYTES, value: MAX_MESSAGE_BYTES },
  MessageRetentionPeriod: { min: 60, max: 1_209_600, value: 345_600 },
  ReceiveMessageWaitTimeSeconds: { min: 0, max: 20, value: 0 },
  VisibilityTimeout: { min: 0, max: 43_200, value: 30 },
} as const;
export type NumberAttribute = keyof typeof NUMBERS;

export type QueueAttributes = Readonly<Record<string, string>>;

export function numberOf(attributes: QueueAttributes, name: NumberAttribute): number {
  const text = attributes[name];
  return text === undefined ? NUMBERS[name].value : Number(text);
}

/** Where messages go that were received too often. */
export interface Redrive {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly maxReceiveCount: number;
}

export const QUEUE_ARN =
  /^arn:aws[a-z-]*:sqs:([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?):([0-9]{12}):([A-Za-z0-9_-]{1,80})$/;

/** undefined for a text that is no policy. */
export function redriveOf(policy: string): Redrive | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(policy);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const { deadLetterTargetArn, maxReceiveCount } = parsed as Record<string, unknown>;
  const [, region, account, name] =
    typeof deadLetterTargetArn === 'string' ? (QUEUE_ARN.exec(deadLetterTargetArn) ?? []) : [];
  const count = typeof maxReceiveCount === 'string' ? Number(maxReceiveCount) : maxReceiveCount;
  if (name === undefined || typeof count !== 'number' || !Number.isInteger(count)) return undefined;
  return count < 1 || count > 1000
    ? undefined
    : { account: account!, region: region!, name, maxReceiveCount: count };
}

export function queueArn({
  region,
  account,
  name,
}: {
  region: string;
  account: string;
  name: string;
}): string {
  return `arn:aws:sqs:${region}:${account}:${name}`;
}

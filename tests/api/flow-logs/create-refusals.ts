/** Requests of CreateFlowLogs that are refused, each with what it is answered. A table. */
import { id, ROLE } from '../../flow-logs/fakes.ts';
import { type Form, list } from './support.ts';

export type Refusal = readonly [title: string, form: Form, status: number, code: string, message: string];

const VPC = id('vpc', 1);
const TGW = id('tgw', 1);

/** An S3 flow log of a VPC. */
export const BUCKET: Form = {
  'ResourceId.1': VPC,
  ResourceType: 'VPC',
  TrafficType: 'ALL',
  LogDestinationType: 's3',
  LogDestination: 'arn:aws:s3:::flow-logs',
};
/** A flow log of a VPC into a log group, by name. */
export const GROUP: Form = {
  'ResourceId.1': VPC,
  ResourceType: 'VPC',
  TrafficType: 'ALL',
  LogGroupName: 'flows',
  DeliverLogsPermissionArn: ROLE,
};
/** A flow log of a VPC into a stream of the account. */
export const STREAM: Form = {
  ...BUCKET,
  LogDestinationType: 'kinesis-data-firehose',
  LogDestination: 'arn:aws:firehose:eu-central-1:123456789012:deliverystream:flows',
};
/** An S3 flow log of a transit gateway. */
export const GATEWAY: Form = {
  ...BUCKET,
  'ResourceId.1': TGW,
  ResourceType: 'TransitGateway',
  TrafficType: undefined,
};

const INVALID = 'InvalidParameter';
const VALUE = 'InvalidParameterValue';
const MISSING = 'MissingParameter';

function missing(name: string): string {
  return `The request must include the ${name} parameter. Add the required parameter and retry the request.`;
}
function format(value: string, name: string): string {
  return `1 validation error detected: Value '${value}' at '${name}' has an invalid format`;
}
function choice(value: string, name: string, values: string): string {
  return `1 validation error detected: Value '${value}' at '${name}' failed to satisfy constraint: Member must satisfy enum value set: [${values}]`;
}
function longest(name: string, max: number): string {
  return `1 validation error detected: Value at '${name}' failed to satisfy constraint: Member must have length less than or equal to ${max}`;
}
const TYPES = 'VPC, Subnet, NetworkInterface, TransitGateway, TransitGatewayAttachment, RegionalNatGateway';
const BAD_ROLE = 'arn:aws:iam::123456789012:user/flow-logs';
const OTHER_STREAM = 'arn:aws:firehose:eu-central-1:210987654321:deliverystream/flows';

function ids(prefix: string, count: number): Form {
  return list(
    'ResourceId',
    Array.from({ length: count }, (_, i) => id(prefix, i + 1)),
  );
}

function badBucket(arn: string): Refusal {
  const message = `LogDestination: ${arn} is not a valid s3 destination`;
  return [`bucket ${arn.slice(0, 60)}`, { ...BUCKET, LogDestination: arn }, 400, INVALID, message];
}
function badGroup(arn: string): Refusal {
  const form = { ...GROUP, LogGroupName: undefined, LogDestination: arn };
  const message = `LogDestination: ${arn} is not a valid cloud-watch-logs destination`;
  return [`log group ${arn.slice(0, 60)}`, form, 400, INVALID, message];
}
function badStream(arn: string): Refusal {
  const message = `LogDestination: ${arn} is not a valid kinesis-data-firehose destination`;
  return [`stream ${arn}`, { ...STREAM, LogDestination: arn }, 400, INVALID, message];
}
function reserved(path: string): Refusal {
  const message = 'LogDestination: AWSLogs cannot be used as a subfolder name';
  return [
    `sub-folder ${path}`,
    { ...BUCKET, LogDestination: `arn:aws:s3:::b-b-b/${path}` },
    400,
    INVALID,
    message,
  ];
}
function badFormat(text: string): Refusal {
  return [
    `log format ${text.slice(0, 40)}`,
    { ...BUCKET, LogFormat: text },
    400,
    VALUE,
    format(text, 'logFormat'),
  ];
}
function wrongKind(type: string, wrong: string, form: Form = BUCKET): Refusal {
  const message = `Invalid Resource id ${wrong} for resource-type ${type}`;
  return [`${type} ${wrong}`, { ...form, ResourceType: type, 'ResourceId.1': wrong }, 400, INVALID, message];
}

const SPECIFICATION = 'TagSpecification.1';
const TAGGED: Form = {
  ...BUCKET,
  [`${SPECIFICATION}.ResourceType`]: 'vpc-flow-log',
  [`${SPECIFICATION}.Tag.1.Key`]: 'Name',
  [`${SPECIFICATION}.Tag.1.Value`]: 'x',
};
const FIELDS = 'TagFieldSpecification';
const TAG_FIELDS: Form = {
  ...BUCKET,
  LogFormat: '${srcaddr} ${instance-tag}',
  [`${FIELDS}.1.ResourceType`]: 'instance',
  [`${FIELDS}.1.TagKey.1`]: 'Name',
};

export const CREATE_REFUSALS: readonly Refusal[] = [
  // What is required.
  ['no resource ids', { ...BUCKET, 'ResourceId.1': undefined }, 400, MISSING, missing('ResourceIds')],
  ['no resource type', { ...BUCKET, ResourceType: undefined }, 400, MISSING, missing('ResourceType')],
  ['no traffic type', { ...BUCKET, TrafficType: undefined }, 400, MISSING, missing('TrafficType')],

  // Single members.
  [
    'an unknown member',
    { ...BUCKET, Colour: 'red' },
    400,
    'UnknownParameter',
    'The parameter Colour is not recognized',
  ],
  [
    'a member of a list that takes none',
    { ...BUCKET, 'ResourceId.1.Name': 'x' },
    400,
    'UnknownParameter',
    'The parameter Name is not recognized',
  ],
  [
    'the name that other services use',
    { ...BUCKET, 'ResourceIds.member.1': VPC },
    400,
    'UnknownParameter',
    'The parameter ResourceIds is not recognized',
  ],
  [
    'DryRun that is no truth value',
    { ...BUCKET, DryRun: 'yes' },
    400,
    VALUE,
    'Value (yes) for parameter DryRun is invalid. Expecting true or false.',
  ],
  [
    'an interval that is no number',
    { ...BUCKET, MaxAggregationInterval: '1m' },
    400,
    VALUE,
    'Value (1m) for parameter MaxAggregationInterval is invalid. Expecting an integer.',
  ],
  [
    'a client token that is too long',
    { ...BUCKET, ClientToken: 'x'.repeat(65) },
    400,
    VALUE,
    longest('clientToken', 64),
  ],
  [
    'a client token that is not ASCII',
    { ...BUCKET, ClientToken: 'schlüssel' },
    400,
    VALUE,
    format('schlüssel', 'clientToken'),
  ],
  [
    'a role that is no role',
    { ...GROUP, DeliverLogsPermissionArn: BAD_ROLE },
    400,
    VALUE,
    format(BAD_ROLE, 'deliverLogsPermissionArn'),
  ],
  [
    'a role that is no ARN',
    { ...GROUP, DeliverLogsPermissionArn: 'flow-logs' },
    400,
    VALUE,
    format('flow-logs', 'deliverLogsPermissionArn'),
  ],
  [
    'a role that is too long',
    { ...GROUP, DeliverLogsPermissionArn: 'x'.repeat(2049) },
    400,
    VALUE,
    longest('deliverLogsPermissionArn', 2048),
  ],
  [
    'a receiving role that is no ARN',
    { ...STREAM, DeliverCrossAccountRole: 'r' },
    400,
    VALUE,
    format('r', 'deliverCrossAccountRole'),
  ],
  [
    'a log group name with a colon',
    { ...GROUP, LogGroupName: 'a:b' },
    400,
    VALUE,
    format('a:b', 'logGroupName'),
  ],
  [
    'a log group name with a star',
    { ...GROUP, LogGroupName: 'flows*' },
    400,
    VALUE,
    format('flows*', 'logGroupName'),
  ],
  [
    'a log group name that is too long',
    { ...GROUP, LogGroupName: 'g'.repeat(513) },
    400,
    VALUE,
    format(`${'g'.repeat(256)}...`, 'logGroupName'),
  ],
  [
    'a resource type in lower case',
    { ...BUCKET, ResourceType: 'vpc' },
    400,
    VALUE,
    choice('vpc', 'resourceType', TYPES),
  ],
  [
    'a resource type of a core network',
    { ...BUCKET, ResourceType: 'CoreNetwork' },
    400,
    VALUE,
    choice('CoreNetwork', 'resourceType', TYPES),
  ],
  ['an empty resource type', { ...BUCKET, ResourceType: '' }, 400, VALUE, choice('', 'resourceType', TYPES)],
  [
    'an unknown traffic type',
    { ...BUCKET, TrafficType: 'all' },
    400,
    VALUE,
    choice('all', 'trafficType', 'ACCEPT, REJECT, ALL'),
  ],
  [
    'an empty traffic type',
    { ...BUCKET, TrafficType: '' },
    400,
    VALUE,
    choice('', 'trafficType', 'ACCEPT, REJECT, ALL'),
  ],
  [
    'an unknown destination type',
    { ...BUCKET, LogDestinationType: 'S3' },
    400,
    VALUE,
    choice('S3', 'logDestinationType', 'cloud-watch-logs, s3, kinesis-data-firehose'),
  ],
  [
    'a destination that is too long',
    { ...BUCKET, LogDestination: `arn:aws:s3:::b-b/${'x'.repeat(2049)}` },
    400,
    VALUE,
    longest('logDestination', 2048),
  ],
  [
    'an interval of 120 s',
    { ...BUCKET, MaxAggregationInterval: '120' },
    400,
    INVALID,
    'Invalid Flow Log Max Aggregation Interval',
  ],
  [
    'an interval of 0',
    { ...BUCKET, MaxAggregationInterval: '0' },
    400,
    INVALID,
    'Invalid Flow Log Max Aggregation Interval',
  ],
  [
    'a negative interval',
    { ...BUCKET, MaxAggregationInterval: '-60' },
    400,
    INVALID,
    'Invalid Flow Log Max Aggregation Interval',
  ],
  [
    'an unknown file format',
    { ...BUCKET, 'DestinationOptions.FileFormat': 'orc' },
    400,
    VALUE,
    choice('orc', 'destinationOptions.fileFormat', 'plain-text, parquet'),
  ],
  [
    'an option that is no truth value',
    { ...BUCKET, 'DestinationOptions.PerHourPartition': '1' },
    400,
    VALUE,
    'Value (1) for parameter DestinationOptions.PerHourPartition is invalid. Expecting true or false.',
  ],
  [
    'an unknown option',
    { ...BUCKET, 'DestinationOptions.Codec': 'gzip' },
    400,
    'UnknownParameter',
    'The parameter Codec is not recognized',
  ],

  // Tags.
  [
    'tags without a resource type',
    { ...TAGGED, [`${SPECIFICATION}.ResourceType`]: undefined },
    400,
    MISSING,
    missing('TagSpecifications.1.ResourceType'),
  ],
  [
    'tags of a VPC',
    { ...TAGGED, [`${SPECIFICATION}.ResourceType`]: 'vpc' },
    400,
    VALUE,
    "'vpc' is not a valid taggable resource type for this operation.",
  ],
  [
    'a specification without tags',
    { ...BUCKET, [`${SPECIFICATION}.ResourceType`]: 'vpc-flow-log' },
    400,
    VALUE,
    "Too few values for parameter 'TagSpecifications.1.Tags': 0. The minimum is 1.",
  ],
  [
    'two specifications',
    {
      ...TAGGED,
      'TagSpecification.2.ResourceType': 'vpc-flow-log',
      'TagSpecification.2.Tag.1.Key': 'b',
    },
    400,
    VALUE,
    'Value (vpc-flow-log) for parameter TagSpecifications is invalid. The same resource type may not be specified more than once in tag specifications',
  ],
  [
    'a tag without a key',
    { ...TAGGED, [`${SPECIFICATION}.Tag.1.Key`]: undefined },
    400,
    MISSING,
    missing('TagSpecifications.1.Tags.1.Key'),
  ],
  [
    'an empty tag key',
    { ...TAGGED, [`${SPECIFICATION}.Tag.1.Key`]: '' },
    400,
    VALUE,
    'Tag key cannot be empty',
  ],
  [
    'a tag key of 128 characters',
    { ...TAGGED, [`${SPECIFICATION}.Tag.1.Key`]: 'k'.repeat(128) },
    400,
    VALUE,
    'Tag key exceeds the maximum length of 127 characters',
  ],
  [
    'a tag value of 257 characters',
    { ...TAGGED, [`${SPECIFICATION}.Tag.1.Value`]: 'é'.repeat(257) },
    400,
    VALUE,
    'Tag value exceeds the maximum length of 256 characters',
  ],
  [
    'a reserved tag key',
    { ...TAGGED, [`${SPECIFICATION}.Tag.1.Key`]: 'aws:owner' },
    400,
    VALUE,
    "Value ( aws:owner ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use",
  ],
  [
    'a reserved tag key in capitals',
    { ...TAGGED, [`${SPECIFICATION}.Tag.1.Key`]: 'AWS:x' },
    400,
    VALUE,
    "Value ( AWS:x ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use",
  ],
  [
    'a tag key twice',
    { ...TAGGED, [`${SPECIFICATION}.Tag.2.Key`]: 'Name' },
    400,
    VALUE,
    "Duplicate tag key 'Name' specified.",
  ],
  [
    '51 tags',
    {
      ...TAGGED,
      ...Object.fromEntries(
        Array.from({ length: 51 }, (_, i) => [`${SPECIFICATION}.Tag.${i + 1}.Key`, `k${i}`]),
      ),
    },
    400,
    'TagLimitExceeded',
    'The maximum number of 50 tags per resource has been reached.',
  ],

  // Resources.
  [
    '1001 VPCs',
    { ...BUCKET, ...ids('vpc', 1001) },
    400,
    INVALID,
    'The number of resource ids must not be greater than 1000 for resource-type VPC',
  ],
  [
    '1001 subnets',
    { ...BUCKET, ...ids('subnet', 1001), ResourceType: 'Subnet' },
    400,
    INVALID,
    'The number of resource ids must not be greater than 1000 for resource-type Subnet',
  ],
  [
    '1001 interfaces',
    { ...BUCKET, ...ids('eni', 1001), ResourceType: 'NetworkInterface' },
    400,
    INVALID,
    'The number of resource ids must not be greater than 1000 for resource-type NetworkInterface',
  ],
  [
    '1001 NAT gateways',
    { ...BUCKET, ...ids('nat', 1001), ResourceType: 'RegionalNatGateway' },
    400,
    INVALID,
    'The number of resource ids must not be greater than 1000 for resource-type RegionalNatGateway',
  ],
  [
    '26 transit gateways',
    { ...GATEWAY, ...ids('tgw', 26) },
    400,
    INVALID,
    'The number of resource ids must not be greater than 25 for resource-type TransitGateway',
  ],
  [
    '26 attachments',
    { ...GATEWAY, ...ids('tgw-attach', 26), ResourceType: 'TransitGatewayAttachment' },
    400,
    INVALID,
    'The number of resource ids must not be greater than 25 for resource-type TransitGatewayAttachment',
  ],
  wrongKind('VPC', id('subnet', 1)),
  wrongKind('VPC', 'vpc-xyz'),
  wrongKind('VPC', ''),
  wrongKind('VPC', `${VPC} `),
  wrongKind('Subnet', VPC),
  wrongKind('NetworkInterface', VPC),
  wrongKind('RegionalNatGateway', VPC),
  wrongKind('TransitGateway', id('tgw-attach', 1), GATEWAY),
  wrongKind('TransitGatewayAttachment', TGW, GATEWAY),
  [
    'one of several ids of another kind',
    { ...BUCKET, 'ResourceId.2': id('eni', 2) },
    400,
    INVALID,
    `Invalid Resource id ${id('eni', 2)} for resource-type VPC`,
  ],
  [
    'a zonal NAT gateway',
    { ...BUCKET, ResourceType: 'RegionalNatGateway', 'ResourceId.1': id('nat', 0x20) },
    400,
    INVALID,
    `Invalid Resource id ${id('nat', 0x20)} for resource-type RegionalNatGateway`,
  ],
  [
    'a missing VPC',
    { ...BUCKET, 'ResourceId.1': id('vpc', 0xdead) },
    400,
    'InvalidVpcID.NotFound',
    `The vpc ID '${id('vpc', 0xdead)}' does not exist`,
  ],
  [
    'one missing VPC of two',
    { ...BUCKET, 'ResourceId.2': id('vpc', 0xdead) },
    400,
    'InvalidVpcID.NotFound',
    `The vpc ID '${id('vpc', 0xdead)}' does not exist`,
  ],
  [
    'a missing subnet',
    { ...BUCKET, ResourceType: 'Subnet', 'ResourceId.1': id('subnet', 0xdead) },
    400,
    'InvalidSubnetID.NotFound',
    `The subnet ID '${id('subnet', 0xdead)}' does not exist`,
  ],
  [
    'a missing interface',
    { ...BUCKET, ResourceType: 'NetworkInterface', 'ResourceId.1': id('eni', 0xdead) },
    400,
    'InvalidNetworkInterfaceID.NotFound',
    `The networkInterface ID '${id('eni', 0xdead)}' does not exist`,
  ],
  [
    'a missing transit gateway',
    { ...GATEWAY, 'ResourceId.1': id('tgw', 0xdead) },
    400,
    'InvalidTransitGatewayID.NotFound',
    `Transit Gateway ${id('tgw', 0xdead)} was deleted or does not exist.`,
  ],
  [
    'a missing attachment',
    { ...GATEWAY, ResourceType: 'TransitGatewayAttachment', 'ResourceId.1': id('tgw-attach', 0xdead) },
    400,
    'InvalidTransitGatewayAttachmentID.NotFound',
    `Transit Gateway Attachment ${id('tgw-attach', 0xdead)} was deleted or does not exist.`,
  ],
  [
    'a missing NAT gateway',
    { ...BUCKET, ResourceType: 'RegionalNatGateway', 'ResourceId.1': id('nat', 0xdead) },
    400,
    'NatGatewayNotFound',
    `The Nat Gateway ${id('nat', 0xdead)} was not found`,
  ],

  // Members together: transit gateways.
  [
    'a transit gateway with a traffic type',
    { ...GATEWAY, TrafficType: 'ALL' },
    400,
    INVALID,
    'TrafficType is not supported when the resource-type is TransitGateway',
  ],
  [
    'an attachment with a traffic type',
    {
      ...GATEWAY,
      ResourceType: 'TransitGatewayAttachment',
      'ResourceId.1': id('tgw-attach', 1),
      TrafficType: 'REJECT',
    },
    400,
    INVALID,
    'TrafficType is not supported when the resource-type is TransitGatewayAttachment',
  ],
  [
    'a transit gateway at 600 s',
    { ...GATEWAY, MaxAggregationInterval: '600' },
    400,
    INVALID,
    'max-aggregation-interval other than 60 sec / 1 min is not supported when the resource-type is TransitGateway or TransitGatewayAttachment',
  ],
  [
    'a transit gateway at 61 s',
    { ...GATEWAY, MaxAggregationInterval: '61' },
    400,
    INVALID,
    'Invalid Flow Log Max Aggregation Interval',
  ],

  // Members together: destinations and roles.
  [
    'no destination',
    { ...BUCKET, LogDestination: undefined },
    400,
    INVALID,
    "LogDestination can't be empty if LogGroupName is not provided.",
  ],
  [
    'an empty destination',
    { ...BUCKET, LogDestination: '' },
    400,
    INVALID,
    "LogDestination can't be empty if LogGroupName is not provided.",
  ],
  [
    'no log group',
    { ...GROUP, LogGroupName: undefined },
    400,
    INVALID,
    "LogDestination can't be empty if LogGroupName is not provided.",
  ],
  [
    'no stream',
    { ...STREAM, LogDestination: undefined },
    400,
    INVALID,
    "LogDestination can't be empty if LogGroupName is not provided.",
  ],
  [
    'a bucket and a log group name',
    { ...BUCKET, LogGroupName: 'flows' },
    400,
    INVALID,
    'Please only provide LogGroupName or only provide LogDestination.',
  ],
  [
    'a log group twice',
    { ...GROUP, LogDestination: 'arn:aws:logs:eu-central-1:123456789012:log-group:flows' },
    400,
    INVALID,
    'Please only provide LogGroupName or only provide LogDestination.',
  ],
  [
    'a log group name for s3',
    { ...BUCKET, LogDestination: undefined, LogGroupName: 'flows' },
    400,
    INVALID,
    'LogDestination type must be cloud-watch-logs if LogGroupName is provided.',
  ],
  [
    'a log group name for a stream',
    { ...STREAM, LogDestination: undefined, LogGroupName: 'flows' },
    400,
    INVALID,
    'LogDestination type must be cloud-watch-logs if LogGroupName is provided.',
  ],
  [
    'a log group without a role',
    { ...GROUP, DeliverLogsPermissionArn: undefined },
    400,
    INVALID,
    "DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs.",
  ],
  [
    'a log group with an empty role',
    { ...GROUP, DeliverLogsPermissionArn: '' },
    400,
    INVALID,
    "DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs.",
  ],
  [
    'a bucket with a role',
    { ...BUCKET, DeliverLogsPermissionArn: ROLE },
    400,
    INVALID,
    'DeliverLogsPermissionArn is not applicable for s3 delivery',
  ],
  [
    'a bucket with a receiving role',
    { ...BUCKET, DeliverCrossAccountRole: ROLE },
    400,
    INVALID,
    'DeliverCrossAccountRole is not applicable for s3 delivery',
  ],
  [
    'a log group with a receiving role',
    { ...GROUP, DeliverCrossAccountRole: ROLE },
    400,
    INVALID,
    'DeliverCrossAccountRole is not applicable for cloud-watch-logs delivery',
  ],
  [
    "another account's stream without a role",
    { ...STREAM, LogDestination: OTHER_STREAM },
    400,
    MISSING,
    missing('DeliverLogsPermissionArn'),
  ],
  [
    "another account's stream without a role of that account",
    { ...STREAM, LogDestination: OTHER_STREAM, DeliverLogsPermissionArn: ROLE },
    400,
    MISSING,
    missing('DeliverCrossAccountRole'),
  ],
  [
    'a role that cannot be assumed',
    { ...GROUP, DeliverLogsPermissionArn: 'arn:aws:iam::123456789012:role/locked' },
    400,
    INVALID,
    "Unable to assume given IAM role: 'arn:aws:iam::123456789012:role/locked'",
  ],
  [
    'a receiving role of another name',
    {
      ...STREAM,
      LogDestination: OTHER_STREAM,
      DeliverLogsPermissionArn: ROLE,
      DeliverCrossAccountRole: 'arn:aws:iam::210987654321:role/receiver',
    },
    400,
    INVALID,
    "Unable to assume given IAM role: 'arn:aws:iam::210987654321:role/receiver'",
  ],
  [
    'a receiving role of the wrong account',
    {
      ...STREAM,
      LogDestination: OTHER_STREAM,
      DeliverLogsPermissionArn: ROLE,
      DeliverCrossAccountRole: 'arn:aws:iam::123456789012:role/AWSLogDeliveryFirehoseCrossAccountRole',
    },
    400,
    INVALID,
    "Unable to assume given IAM role: 'arn:aws:iam::123456789012:role/AWSLogDeliveryFirehoseCrossAccountRole'",
  ],
  [
    'a log group in Parquet',
    { ...GROUP, 'DestinationOptions.FileFormat': 'parquet' },
    400,
    INVALID,
    'DestinationOptions is only applicable for s3 delivery',
  ],
  [
    'a log group with Hive partitions',
    { ...GROUP, 'DestinationOptions.HiveCompatiblePartitions': 'true' },
    400,
    INVALID,
    'DestinationOptions is only applicable for s3 delivery',
  ],
  [
    'a stream by the hour',
    { ...STREAM, 'DestinationOptions.PerHourPartition': 'true' },
    400,
    INVALID,
    'DestinationOptions is only applicable for s3 delivery',
  ],
  badBucket('flow-logs'),
  badBucket('arn:aws:s3:eu-central-1::flow-logs'),
  badBucket('arn:aws:s3:::'),
  badBucket('arn:aws:s3:::ab'),
  badBucket('arn:aws:s3:::Flow-Logs'),
  badBucket('arn:aws:s3:::flow_logs'),
  badBucket('arn:aws:s3:::flow..logs'),
  badBucket('arn:aws:s3:::10.0.0.1'),
  badBucket(`arn:aws:s3:::${'b'.repeat(64)}`),
  badBucket('arn:aws:s3:::flow-logs/a//b'),
  badBucket('arn:aws:s3:::flow-logs//'),
  badBucket('arn:aws:s3:::flow-logs/../other'),
  badBucket('arn:aws:s3:::flow-logs/a b'),
  badBucket('arn:aws:s3:::flow-logs/a%2Fb'),
  [
    'a sub-folder that is too long',
    { ...BUCKET, LogDestination: `arn:aws:s3:::flow-logs/${'x'.repeat(690)}` },
    400,
    INVALID,
    `LogDestination: arn:aws:s3:::flow-logs/${'x'.repeat(256 - 23)}... is not a valid s3 destination`,
  ],
  badBucket('arn:aws:logs:eu-central-1:123456789012:log-group:flows'),
  reserved('AWSLogs'),
  reserved('AWSLogs/'),
  reserved('a/AWSLogs/b/'),
  badGroup('flows'),
  badGroup('arn:aws:s3:::flow-logs'),
  badGroup('arn:aws:logs:us-east-1:123456789012:log-group:flows'),
  badGroup('arn:aws:logs:eu-central-1:1234:log-group:flows'),
  badGroup('arn:aws:logs:eu-central-1:123456789012:log-group:'),
  badGroup('arn:aws:logs:eu-central-1:123456789012:log-group:flows:log-stream:x'),
  badGroup('arn:aws:logs:eu-central-1:123456789012:log-group:flo ws'),
  badStream('arn:aws:firehose:eu-central-1:123456789012:stream/flows'),
  badStream('arn:aws:firehose:us-east-1:123456789012:deliverystream/flows'),
  badStream('arn:aws:firehose:eu-central-1:123456789012:deliverystream/'),
  badStream('arn:aws:firehose:eu-central-1:123456789012:deliverystream/a/b'),
  badStream('arn:aws:s3:::flow-logs'),

  // Log formats.
  badFormat(''),
  badFormat('srcaddr dstaddr'),
  badFormat('${srcaddr} '),
  badFormat(' ${srcaddr}'),
  badFormat('${srcaddr}  ${dstaddr}'),
  badFormat('${srcaddr},${dstaddr}'),
  badFormat('${srcaddr}${dstaddr}'),
  badFormat('${srcaddr} ${dstaddr'),
  [
    'a log format that is too long',
    { ...BUCKET, LogFormat: '${srcaddr} '.repeat(200) },
    400,
    VALUE,
    longest('logFormat', 2048),
  ],
  [
    'an unknown field',
    { ...BUCKET, LogFormat: '${srcaddr} ${colour}' },
    400,
    INVALID,
    'Invalid LogFormat: unknown field "colour" at character 12',
  ],
  [
    'a field in capitals',
    { ...BUCKET, LogFormat: '${SrcAddr}' },
    400,
    INVALID,
    'Invalid LogFormat: unknown field "SrcAddr" at character 1: did you mean ${srcaddr}?',
  ],
  [
    'a field twice',
    { ...BUCKET, LogFormat: '${srcaddr} ${srcaddr}' },
    400,
    INVALID,
    'Invalid LogFormat: field ${srcaddr} is in the log format twice, at character 12, and before at character 1',
  ],
  [
    'a field of transit gateways',
    { ...BUCKET, LogFormat: '${tgw-id}' },
    400,
    INVALID,
    'Invalid LogFormat: unknown field "tgw-id" at character 1: it is a field of transit gateway flow logs only',
  ],
  [
    'a field of VPCs for a transit gateway',
    { ...GATEWAY, LogFormat: '${action}' },
    400,
    INVALID,
    'Invalid LogFormat: unknown field "action" at character 1: it is a field of VPC flow logs only',
  ],

  // Tag fields.
  [
    'tag fields without their keys',
    { ...BUCKET, LogFormat: '${instance-tag}' },
    400,
    INVALID,
    'The TagFieldSpecifications parameter must be set when including tag fields in the log format',
  ],
  [
    'a second tag field with one key',
    { ...TAG_FIELDS, LogFormat: '${instance-tag} ${instance-tag-2}' },
    400,
    INVALID,
    'Invalid TagFieldSpecifications: field ${instance-tag-2} needs a second tag key for instance at character 17',
  ],
  [
    'keys of another resource type',
    { ...TAG_FIELDS, LogFormat: '${instance-tag} ${asg-tag}' },
    400,
    INVALID,
    'Invalid TagFieldSpecifications: field ${asg-tag} needs a tag key for auto-scaling-group at character 17',
  ],
  [
    'keys whose field is not in the format',
    { ...TAG_FIELDS, LogFormat: '${srcaddr}' },
    400,
    INVALID,
    'Invalid TagFieldSpecifications: tag keys for instance are given, but ${instance-tag} is not in the log format',
  ],
  [
    'keys with the default format',
    { ...TAG_FIELDS, LogFormat: undefined },
    400,
    INVALID,
    'Invalid TagFieldSpecifications: tag keys for instance are given, but ${instance-tag} is not in the log format',
  ],
  [
    'keys without a resource type',
    { ...TAG_FIELDS, [`${FIELDS}.1.ResourceType`]: undefined },
    400,
    MISSING,
    missing('TagFieldSpecifications.1.ResourceType'),
  ],
  [
    'keys of a VPC',
    { ...TAG_FIELDS, [`${FIELDS}.1.ResourceType`]: 'vpc' },
    400,
    INVALID,
    'Invalid TagFieldSpecifications: resource type "vpc" has no tag fields, only instance, network-interface, auto-scaling-group have',
  ],
  [
    'a resource type of keys twice',
    { ...TAG_FIELDS, [`${FIELDS}.2.ResourceType`]: 'instance', [`${FIELDS}.2.TagKey.1`]: 'b' },
    400,
    INVALID,
    'Invalid TagFieldSpecifications: the tag field specification for instance is given twice',
  ],
  [
    'four specifications of keys',
    {
      ...TAG_FIELDS,
      ...Object.fromEntries([2, 3, 4].map((i) => [`${FIELDS}.${i}.ResourceType`, 'instance'])),
    },
    400,
    INVALID,
    'Invalid TagFieldSpecifications: 4 tag field specifications, at most 3 are allowed',
  ],
  [
    'no keys',
    { ...TAG_FIELDS, [`${FIELDS}.1.TagKey.1`]: undefined },
    400,
    INVALID,
    'Invalid TagFieldSpecifications: the tag field specification for instance has 0 keys, 1 or 2 are allowed',
  ],
  [
    'three keys',
    { ...TAG_FIELDS, [`${FIELDS}.1.TagKey.2`]: 'b', [`${FIELDS}.1.TagKey.3`]: 'c' },
    400,
    INVALID,
    'Invalid TagFieldSpecifications: the tag field specification for instance has 3 keys, 1 or 2 are allowed',
  ],
  [
    'an empty key',
    { ...TAG_FIELDS, [`${FIELDS}.1.TagKey.1`]: '' },
    400,
    INVALID,
    'Invalid TagFieldSpecifications: the tag field specification for instance has a key that is not 1 to 128 characters long',
  ],
  [
    'a key of 129 characters',
    { ...TAG_FIELDS, [`${FIELDS}.1.TagKey.1`]: 'k'.repeat(129) },
    400,
    INVALID,
    'Invalid TagFieldSpecifications: the tag field specification for instance has a key that is not 1 to 128 characters long',
  ],
  [
    'tag fields of a transit gateway',
    { ...TAG_FIELDS, ...GATEWAY, LogFormat: '${instance-tag}' },
    400,
    INVALID,
    'Invalid LogFormat: unknown field "instance-tag" at character 1: it is a field of VPC flow logs only',
  ],
];

/**
 * Every refusal of the API: code, HTTP status and text, and where they come from (S8.2). Handlers refuse with
 * `refusal('situation', { … })`; no text of an error stands anywhere else in this room.
 */
import { ServiceError } from '../base/service-error.ts';

/**
 * Where a code and its text were found: `recorded` from the service by a published test, `seen` in logs and
 * reports of its users, `documented` by the vendor, `emulated` in an emulator that mimics the service.
 * `inferred`: the service surely refuses, how it words that is not known; `own`: a rule of Weir's.
 */
export type ErrorSource = 'recorded' | 'seen' | 'documented' | 'emulated' | 'inferred' | 'own';

export interface ErrorRow {
  readonly code: string;
  readonly status: number;
  /** `{name}` stands for a value. */
  readonly text: string;
  readonly source: ErrorSource;
}

function row<const T extends string>(code: string, text: T, source: ErrorSource, status = 400) {
  return { code, status, text, source };
}

const INVALID = 'InvalidParameter';
const INVALID_VALUE = 'InvalidParameterValue';

export const ERRORS = {
  // The request itself.
  missingAction: row(
    'MissingAction',
    'The request is missing an action or a required parameter.',
    'documented',
  ),
  invalidAction: row('InvalidAction', 'The action {action} is not valid for this web service.', 'seen'),
  noSuchOperation: row(
    'InvalidAction',
    'Could not find operation {action} for version {version}',
    'emulated',
  ),
  missingVersion: row('MissingParameter', 'The request must contain the parameter Version', 'inferred'),
  noSuchVersion: row(
    'NoSuchVersion',
    'The requested version ({version}) of service {service} does not exist',
    'seen',
  ),
  unknownParameter: row('UnknownParameter', 'The parameter {name} is not recognized', 'seen'),
  missingParameter: row(
    'MissingParameter',
    'The request must include the {name} parameter. Add the required parameter and retry the request.',
    'seen',
  ),
  malformedValue: row(
    INVALID_VALUE,
    'Value ({value}) for parameter {name} is invalid. Expecting {expected}.',
    'inferred',
  ),
  malformedForm: row(
    'MalformedQueryString',
    'The query string contains a syntax error. {reason}',
    'inferred',
  ),
  unsupportedContentType: row(
    'UnsupportedProtocol',
    'The content type of the request is not supported.',
    'inferred',
    415,
  ),
  unsupportedMethod: row(
    'UnsupportedProtocol',
    'The HTTP method {method} is not supported.',
    'inferred',
    405,
  ),
  unknownPath: row(
    'InvalidQueryParameter',
    'The request path is not valid for this web service.',
    'inferred',
    404,
  ),

  // Every action.
  unauthorized: row(
    'UnauthorizedOperation',
    'You are not authorized to perform this operation.',
    'seen',
    403,
  ),
  dryRun: row('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 'emulated', 412),
  requestLimit: row('RequestLimitExceeded', 'Request limit exceeded.', 'documented', 503),
  internal: row('InternalError', 'An internal error has occurred', 'documented', 500),
  unavailable: row(
    'Unavailable',
    'The server is overloaded and cannot handle the request.',
    'documented',
    503,
  ),
  serviceUnavailable: row(
    'ServiceUnavailable',
    'The request has failed due to a temporary failure of the server.',
    'documented',
    503,
  ),
  declaredResource: row(
    'OperationNotPermitted',
    "The resource '{id}' is declared in the network file and cannot be changed or deleted through the API.",
    'own',
  ),

  // Values that any parameter may break.
  invalidValue: row(INVALID_VALUE, 'Value ({value}) for parameter {name} is invalid. {reason}', 'seen'),
  badFormat: row(
    INVALID_VALUE,
    "1 validation error detected: Value '{value}' at '{name}' has an invalid format",
    'seen',
  ),
  badEnum: row(
    INVALID_VALUE,
    "1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: Member must satisfy enum value set: [{values}]",
    'inferred',
  ),
  tooLong: row(
    INVALID_VALUE,
    "1 validation error detected: Value at '{name}' failed to satisfy constraint: Member must have length less than or equal to {max}",
    'inferred',
  ),
  tooMany: row(
    INVALID_VALUE,
    "Too many values for parameter '{name}': {count}. The limit is {max}.",
    'inferred',
  ),
  tooFew: row(
    INVALID_VALUE,
    "Too few values for parameter '{name}': {count}. The minimum is {min}.",
    'inferred',
  ),
  maxResultsTooSmall: row(
    INVALID_VALUE,
    'Value ( {value} ) for parameter maxResults is invalid. Expecting a value greater than 5.',
    'seen',
  ),
  invalidFilter: row(INVALID_VALUE, "The filter '{name}' is invalid", 'inferred'),
  filterWithoutValues: row(INVALID, "The filter '{name}' has no values", 'inferred'),
  invalidPaginationToken: row(
    'InvalidPaginationToken',
    'The specified pagination token is not valid or is expired.',
    'documented',
  ),
  combination: row(
    'InvalidParameterCombination',
    'The parameters {a} and {b} cannot be used together.',
    'inferred',
  ),
  idempotentMismatch: row(
    'IdempotentParameterMismatch',
    'The request uses the same client token as a previous, but non-identical request.',
    'documented',
  ),

  // CreateFlowLogs.
  flowLogAlreadyExists: row(
    'FlowLogAlreadyExists',
    'Error. There is an existing Flow Log with the same configuration and log destination.',
    'seen',
  ),
  flowLogsLimitExceeded: row(
    'FlowLogsLimitExceeded',
    'You have reached the limit on the number of flow logs that you can create for the resource {id}.',
    'inferred',
  ),
  invalidInterval: row(INVALID, 'Invalid Flow Log Max Aggregation Interval', 'emulated'),
  transitGatewayInterval: row(
    INVALID,
    'max-aggregation-interval other than 60 sec / 1 min is not supported when the resource-type is TransitGateway or TransitGatewayAttachment',
    'seen',
  ),
  noDestination: row(INVALID, "LogDestination can't be empty if LogGroupName is not provided.", 'recorded'),
  groupNameNeedsLogs: row(
    INVALID,
    'LogDestination type must be cloud-watch-logs if LogGroupName is provided.',
    'recorded',
  ),
  groupNameOrDestination: row(
    INVALID,
    'Please only provide LogGroupName or only provide LogDestination.',
    'recorded',
  ),
  roleNeeded: row(
    INVALID,
    "DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs.",
    'emulated',
  ),
  roleForS3: row(INVALID, 'DeliverLogsPermissionArn is not applicable for s3 delivery', 'seen'),
  roleNotAssumable: row(INVALID, "Unable to assume given IAM role: '{arn}'", 'seen'),
  crossAccountRoleNotApplicable: row(
    INVALID,
    'DeliverCrossAccountRole is not applicable for {destinationType} delivery',
    'inferred',
  ),
  resourceKind: row(INVALID, 'Invalid Resource id {id} for resource-type {type}', 'seen'),
  tooManyResources: row(
    INVALID,
    'The number of resource ids must not be greater than {max} for resource-type {type}',
    'inferred',
  ),
  trafficTypeNeeded: row(
    'MissingParameter',
    'The request must include the TrafficType parameter. Add the required parameter and retry the request.',
    'inferred',
  ),
  trafficTypeNotSupported: row(
    INVALID,
    'TrafficType is not supported when the resource-type is {type}',
    'inferred',
  ),
  invalidDestination: row(
    INVALID,
    'LogDestination: {destination} is not a valid {destinationType} destination',
    'inferred',
  ),
  reservedSubfolder: row(INVALID, 'LogDestination: AWSLogs cannot be used as a subfolder name', 'inferred'),
  destinationOptionsNotApplicable: row(
    INVALID,
    'DestinationOptions is only applicable for s3 delivery',
    'inferred',
  ),
  invalidLogFormat: row(INVALID, 'Invalid LogFormat: {reason}', 'inferred'),
  tagFieldsNeedSpecification: row(
    INVALID,
    'The TagFieldSpecifications parameter must be set when including tag fields in the log format',
    'seen',
  ),
  invalidTagFields: row(INVALID, 'Invalid TagFieldSpecifications: {reason}', 'inferred'),
  serviceLinkedRole: row('IncorrectState', 'FlowLogs Service Linked Role is not yet available', 'seen'),

  // Items of Unsuccessful, with HTTP 200 for the call: the code is a number there.
  bucketMissing: row('400', 'LogDestination: {name} does not exist', 'recorded'),
  destinationDenied: row(
    '400',
    'Access Denied for LogDestination: {name}. Please check LogDestination permission',
    'seen',
  ),
  destinationUndeliverable: row('400', 'LogDestination {name} is undeliverable', 'documented'),

  // DescribeFlowLogs and DeleteFlowLogs.
  flowLogsNotFound: row(
    'InvalidFlowLogId.NotFound',
    'These flow log ids in the input list are not found: [TotalCount: {count}] {ids}',
    'emulated',
  ),

  // GetFlowLogsIntegrationTemplate: the rules are documented, no answer that breaks one was found.
  invalidBucketLocation: row(INVALID, '{name}: {arn} is not a valid Amazon S3 location', 'inferred'),
  locationMissing: row(INVALID, '{name}: the bucket {bucket} does not exist', 'inferred'),
  locationDenied: row(
    INVALID,
    'Access Denied for {name}: {bucket}. Please check the permissions of the bucket',
    'inferred',
  ),
  locationRegion: row(INVALID, '{name}: the bucket {bucket} must be in the Region {region}', 'inferred'),
  partitionDatesNeeded: row(
    INVALID,
    'PartitionStartDate and PartitionEndDate are required when PartitionLoadFrequency is none',
    'inferred',
  ),
  partitionDatesPaired: row(
    INVALID,
    'PartitionStartDate and PartitionEndDate must be provided together',
    'inferred',
  ),
  partitionDatesOrder: row(INVALID, 'PartitionStartDate must not be after PartitionEndDate', 'inferred'),
  partitionDatesPast: row(
    INVALID,
    'PartitionStartDate and PartitionEndDate must be in the past when PartitionLoadFrequency is none',
    'inferred',
  ),
  partitionDatesSpan: row(
    INVALID,
    'PartitionStartDate and PartitionEndDate span {count} partitions. The limit is {max}.',
    'own',
  ),
  integrationTwice: row(
    INVALID,
    'AthenaIntegrations of the same frequency and dates ({table}) must have the same IntegrationResultS3DestinationArn',
    'own',
  ),
  integrationDestination: row(INVALID, 'The flow log {id} does not publish to Amazon S3', 'inferred'),
  integrationResource: row(
    INVALID,
    'Integration templates are not supported for the flow log {id} of resource-type {type}',
    'inferred',
  ),

  // Resources of the network, by what each kind's not-found answer looks like.
  vpcNotFound: row('InvalidVpcID.NotFound', "The vpc ID '{id}' does not exist", 'seen'),
  subnetNotFound: row('InvalidSubnetID.NotFound', "The subnet ID '{id}' does not exist", 'seen'),
  interfaceNotFound: row(
    'InvalidNetworkInterfaceID.NotFound',
    "The networkInterface ID '{id}' does not exist",
    'seen',
  ),
  instanceNotFound: row('InvalidInstanceID.NotFound', "The instance ID '{id}' does not exist", 'inferred'),
  transitGatewayNotFound: row(
    'InvalidTransitGatewayID.NotFound',
    'Transit Gateway {id} was deleted or does not exist.',
    'inferred',
  ),
  attachmentNotFound: row(
    'InvalidTransitGatewayAttachmentID.NotFound',
    'Transit Gateway Attachment {id} was deleted or does not exist.',
    'inferred',
  ),
  natGatewayNotFound: row('NatGatewayNotFound', 'The Nat Gateway {id} was not found', 'inferred'),
  prefixListNotFound: row('InvalidPrefixListID.NotFound', "The prefix list ID '{id}' does not exist", 'seen'),
  routeTableNotFound: row('InvalidRouteTableID.NotFound', "The routeTable ID '{id}' does not exist", 'seen'),
  internetGatewayNotFound: row(
    'InvalidInternetGatewayID.NotFound',
    "The internetGateway ID '{id}' does not exist",
    'seen',
  ),
  egressOnlyInternetGatewayNotFound: row(
    'InvalidEgressOnlyInternetGatewayId.NotFound',
    "The egressOnlyInternetGateway ID '{id}' does not exist",
    'inferred',
  ),
  vpnGatewayNotFound: row(
    'InvalidVpnGatewayID.NotFound',
    "The vpnGateway ID '{id}' does not exist",
    'inferred',
  ),
  transitGatewayRouteTableNotFound: row(
    'InvalidRouteTableID.NotFound',
    'Transit Gateway Route Table {id} was deleted or does not exist.',
    'inferred',
  ),
  peeringConnectionNotFound: row(
    'InvalidVpcPeeringConnectionID.NotFound',
    "The vpcPeeringConnection ID '{id}' does not exist",
    'seen',
  ),
  vpcEndpointNotFound: row(
    'InvalidVpcEndpointId.NotFound',
    "The Vpc Endpoint Id '{id}' does not exist",
    'seen',
  ),
  groupRuleNotFound: row(
    'InvalidSecurityGroupRuleId.NotFound',
    "The security group rule ID '{id}' does not exist",
    'inferred',
  ),
  networkAclNotFound: row('InvalidNetworkAclID.NotFound', "The networkAcl ID '{id}' does not exist", 'seen'),
  encryptionControlNotFound: row(
    'InvalidVpcEncryptionControlId.NotFound',
    "The VPC Encryption Control ID '{id}' does not exist",
    'inferred',
  ),
  publicAccessExclusionNotFound: row(
    'InvalidVpcBlockPublicAccessExclusionId.NotFound',
    "The VPC Block Public Access exclusion ID '{id}' does not exist",
    'inferred',
  ),
  prefixListMalformed: row('InvalidPrefixListId.Malformed', 'Invalid id: "{id}"', 'inferred'),
  routeTableMalformed: row('InvalidRouteTableId.Malformed', 'Invalid id: "{id}"', 'inferred'),
  internetGatewayMalformed: row('InvalidInternetGatewayId.Malformed', 'Invalid id: "{id}"', 'inferred'),
  egressOnlyInternetGatewayMalformed: row(
    'InvalidEgressOnlyInternetGatewayId.Malformed',
    'Invalid id: "{id}"',
    'inferred',
  ),
  vpnGatewayMalformed: row('InvalidVpnGatewayID.Malformed', 'Invalid id: "{id}"', 'inferred'),
  peeringConnectionMalformed: row(
    'InvalidVpcPeeringConnectionId.Malformed',
    'Invalid id: "{id}"',
    'inferred',
  ),
  vpcEndpointMalformed: row('InvalidVpcEndpointId.Malformed', 'Invalid id: "{id}"', 'inferred'),
  groupMalformed: row('InvalidGroupId.Malformed', 'Invalid id: "{id}"', 'inferred'),
  groupRuleMalformed: row('InvalidSecurityGroupRuleId.Malformed', 'Invalid id: "{id}"', 'inferred'),
  networkAclMalformed: row('InvalidNetworkAclId.Malformed', 'Invalid id: "{id}"', 'inferred'),
  encryptionControlMalformed: row(
    'InvalidVpcEncryptionControlId.Malformed',
    'Invalid id: "{id}"',
    'inferred',
  ),
  publicAccessExclusionMalformed: row(
    'InvalidVpcBlockPublicAccessExclusionId.Malformed',
    'Invalid id: "{id}"',
    'inferred',
  ),
  vpcMalformed: row('InvalidVpcID.Malformed', 'Invalid id: "{id}"', 'inferred'),
  subnetMalformed: row('InvalidSubnetID.Malformed', 'Invalid id: "{id}"', 'inferred'),
  interfaceMalformed: row('InvalidNetworkInterfaceID.Malformed', 'Invalid id: "{id}"', 'inferred'),
  instanceMalformed: row('InvalidInstanceID.Malformed', 'Invalid id: "{id}"', 'inferred'),
  transitGatewayMalformed: row('InvalidTransitGatewayID.Malformed', 'Invalid id: "{id}"', 'inferred'),
  attachmentMalformed: row('InvalidTransitGatewayAttachmentID.Malformed', 'Invalid id: "{id}"', 'inferred'),
  natGatewayMalformed: row('NatGatewayMalformed', 'Invalid id: "{id}"', 'inferred'),
  flowLogMalformed: row('InvalidFlowLogId.Malformed', 'Invalid id: "{id}"', 'inferred'),
  invalidId: row('InvalidID', "The ID '{id}' is not valid", 'inferred'),
  vpcRange: row('InvalidVpc.Range', "The CIDR '{cidr}' is invalid.", 'inferred'),
  subnetRange: row('InvalidSubnet.Range', "The CIDR '{cidr}' is invalid.", 'inferred'),
  subnetConflict: row(
    'InvalidSubnet.Conflict',
    "The CIDR '{cidr}' conflicts with another subnet",
    'inferred',
  ),
  addressInUse: row('InvalidIPAddress.InUse', 'The specified address is already in use.', 'inferred'),
  addressOutsideSubnet: row(
    INVALID_VALUE,
    "Address {address} does not fall within the subnet's address range",
    'inferred',
  ),
  addressReserved: row(INVALID_VALUE, "Address {address} is in subnet's reserved address range", 'inferred'),
  noFreeAddresses: row(
    'InsufficientFreeAddressesInSubnet',
    'The specified subnet does not have enough free addresses to satisfy the request.',
    'inferred',
  ),
  hasDependencies: row(
    'DependencyViolation',
    "The {kind} '{id}' has dependencies and cannot be deleted.",
    'inferred',
  ),
  interfaceInUse: row(
    'InvalidNetworkInterface.InUse',
    "Network interface '{id}' is currently in use.",
    'inferred',
  ),
  incorrectState: row('IncorrectState', "The {kind} '{id}' is in state {state}.", 'inferred'),
  invalidZone: row(
    INVALID_VALUE,
    'Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: {zones}.',
    'inferred',
  ),
  noSuchZone: row(INVALID_VALUE, 'Invalid availability zone: [{zone}]', 'seen'),
  invalidRegion: row(INVALID_VALUE, 'Invalid region: {region}', 'inferred'),
  invalidCidr: row(
    INVALID_VALUE,
    'Value ({value}) for parameter {name} is invalid. This is not a valid CIDR block.',
    'seen',
  ),
  cidrNeeded: row(
    'MissingParameter',
    "Either 'cidrBlock' or 'ipv6CidrBlock' should be provided.",
    'inferred',
  ),
  unsupportedParameter: row('UnsupportedOperation', 'The parameter {name} is not supported.', 'own'),
  regionalNatGatewaysOnly: row(
    'UnsupportedOperation',
    'Only NAT gateways with the availability mode regional are supported.',
    'own',
  ),
  groupNotFound: row('InvalidGroup.NotFound', "The security group '{id}' does not exist", 'seen'),
  groupInOtherVpc: row(
    'InvalidGroup.NotFound',
    "You have specified two resources that belong to different networks: the security group '{id}' and the VPC '{vpc}'.",
    'inferred',
  ),
  addressLimit: row(
    'PrivateIpAddressLimitExceeded',
    'Number of private addresses will exceed limit. The limit is {max}.',
    'inferred',
  ),
  subnetsInSameZone: row('DuplicateSubnetsInSameZone', 'Duplicate Subnets for same AZ', 'inferred'),
  subnetInOtherVpc: row(INVALID, "The subnet '{subnet}' does not belong to the VPC '{vpc}'.", 'inferred'),
  attachmentExists: row(
    'DuplicateTransitGatewayAttachment',
    '{id} has non-deleted Transit Gateway Attachments with same VPC ID.',
    'inferred',
  ),

  // Tags.
  tagLimit: row(
    'TagLimitExceeded',
    'The maximum number of {max} tags per resource has been reached.',
    'inferred',
  ),
  tagKeyReserved: row(
    INVALID_VALUE,
    "Value ( {key} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use",
    'inferred',
  ),
  tagKeyLength: row(INVALID_VALUE, 'Tag key exceeds the maximum length of {max} characters', 'inferred'),
  tagKeyEmpty: row(INVALID_VALUE, 'Tag key cannot be empty', 'inferred'),
  tagValueLength: row(INVALID_VALUE, 'Tag value exceeds the maximum length of {max} characters', 'inferred'),
  declaredTag: row(
    'OperationNotPermitted',
    "The tag '{key}' of '{id}' is declared in the network file and cannot be changed or deleted through the API.",
    'own',
  ),
  tagKeyTwice: row(INVALID_VALUE, "Duplicate tag key '{key}' specified.", 'inferred'),
  tagResourceType: row(
    INVALID_VALUE,
    "'{type}' is not a valid taggable resource type for this operation.",
    'inferred',
  ),
} as const satisfies Record<string, ErrorRow>;

export type Situation = keyof typeof ERRORS;

/** The `{name}` holes of a text. */
type Holes<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Holes<Rest>
  : never;
type HolesOf<S extends Situation> = Holes<(typeof ERRORS)[S]['text']>;
/** What a hole takes; of a list, each item is cut on its own and a space put between. */
type Value = string | number | readonly string[];
/** Nothing for a text without holes, else a value for each hole. */
export type Values<S extends Situation> = [HolesOf<S>] extends [never]
  ? []
  : [values: Readonly<Record<HolesOf<S>, Value>>];

/** Longest value of the client's that an error repeats, in characters. */
const MAX_ECHO = 256;

/** The text of a situation with its holes filled; long values are cut. */
export function errorText<S extends Situation>(situation: S, ...values: Values<S>): string {
  const given = (values[0] ?? {}) as Readonly<Record<string, Value>>;
  return ERRORS[situation].text.replace(/\{(\w+)\}/g, (_, name: string) => clip(given[name]));
}

function clip(value: Value | undefined): string {
  if (typeof value === 'object') return value.map((item) => clip(item)).join(' ');
  const text = String(value);
  return text.length <= MAX_ECHO ? text : `${text.slice(0, MAX_ECHO)}...`;
}

/** The refusal of a situation, to be thrown. */
export function refusal<S extends Situation>(situation: S, ...values: Values<S>): ServiceError {
  const { code, status } = ERRORS[situation];
  return new ServiceError(code, errorText(situation, ...values), status);
}

/** The first part of a parameter's name that the action does not know. */
export function unknownParameter(name: string): ServiceError {
  return refusal('unknownParameter', { name });
}

/** A required member, by its name in the API (not on the wire). */
export function missingParameter(name: string): ServiceError {
  return refusal('missingParameter', { name });
}

/** A value that is not of its type; `expected` as in "an integer". */
export function malformedValue(name: string, value: string, expected: string): ServiceError {
  return refusal('malformedValue', { name, value, expected });
}

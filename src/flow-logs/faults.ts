/**
 * What this room refuses, by situation and values. How a situation is worded, with which code and status, is
 * the catalogue of api/errors.ts: the names here are names there.
 */

/** What each situation tells; a situation without values has an empty list. */
export interface FaultArguments {
  missingParameter: [values: { readonly name: string }];
  badFormat: [values: { readonly value: string; readonly name: string }];
  badEnum: [values: { readonly value: string; readonly name: string; readonly values: string }];
  tooLong: [values: { readonly name: string; readonly max: number }];
  tooMany: [values: { readonly name: string; readonly count: number; readonly max: number }];

  resourceKind: [values: { readonly id: string; readonly type: string }];
  tooManyResources: [values: { readonly max: number; readonly type: string }];
  vpcNotFound: [values: { readonly id: string }];
  subnetNotFound: [values: { readonly id: string }];
  interfaceNotFound: [values: { readonly id: string }];
  transitGatewayNotFound: [values: { readonly id: string }];
  attachmentNotFound: [values: { readonly id: string }];
  natGatewayNotFound: [values: { readonly id: string }];

  trafficTypeNeeded: [];
  trafficTypeNotSupported: [values: { readonly type: string }];
  invalidInterval: [];
  transitGatewayInterval: [];
  invalidLogFormat: [values: { readonly reason: string }];
  tagFieldsNeedSpecification: [];
  invalidTagFields: [values: { readonly reason: string }];

  noDestination: [];
  groupNameNeedsLogs: [];
  groupNameOrDestination: [];
  invalidDestination: [values: { readonly destination: string; readonly destinationType: string }];
  reservedSubfolder: [];
  destinationOptionsNotApplicable: [];
  roleNeeded: [];
  roleForS3: [];
  roleNotAssumable: [values: { readonly arn: string }];
  crossAccountRoleNotApplicable: [values: { readonly destinationType: string }];

  bucketMissing: [values: { readonly name: string }];
  destinationDenied: [values: { readonly name: string }];
  destinationUndeliverable: [values: { readonly name: string }];
  flowLogAlreadyExists: [];
  flowLogsLimitExceeded: [values: { readonly id: string }];
  idempotentMismatch: [];

  maxResultsTooSmall: [values: { readonly value: number }];
  invalidPaginationToken: [];
  invalidFilter: [values: { readonly name: string }];
  filterWithoutValues: [values: { readonly name: string }];

  invalidBucketLocation: [values: { readonly name: string; readonly arn: string }];
  locationMissing: [values: { readonly name: string; readonly bucket: string }];
  locationDenied: [values: { readonly name: string; readonly bucket: string }];
  locationRegion: [values: { readonly name: string; readonly bucket: string; readonly region: string }];
  partitionDatesNeeded: [];
  partitionDatesPaired: [];
  partitionDatesOrder: [];
  partitionDatesPast: [];
  partitionDatesSpan: [values: { readonly count: number; readonly max: number }];
  integrationTwice: [values: { readonly table: string }];
  integrationDestination: [values: { readonly id: string }];
  integrationResource: [values: { readonly id: string; readonly type: string }];

  flowLogsNotFound: [values: { readonly count: number; readonly ids: readonly string[] }];
}

export type FaultSituation = keyof FaultArguments;

/** A refusal as data: what an item of Unsuccessful carries, and what is kept with a client token. */
export interface Refused {
  readonly situation: FaultSituation;
  readonly values: FaultArguments[FaultSituation];
}

/** The refusal of a whole request, thrown. Whoever words it for a client reads `refused`. */
export class FlowLogFault extends Error {
  readonly refused: Refused;

  constructor(refused: Refused) {
    super(refused.situation);
    this.name = 'FlowLogFault';
    this.refused = refused;
  }
}

/** A refusal as data. */
export function refused<S extends FaultSituation>(situation: S, ...values: FaultArguments[S]): Refused {
  return { situation, values };
}

/** A refusal to be thrown. */
export function fault<S extends FaultSituation>(situation: S, ...values: FaultArguments[S]): FlowLogFault {
  return new FlowLogFault({ situation, values });
}

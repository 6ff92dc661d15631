import type { Resource } from './resource.ts';

/** Ways that traffic may take unencrypted although a control is enforced. */
export const ENCRYPTION_EXCLUSIONS = [
  'internetGateway',
  'egressOnlyInternetGateway',
  'natGateway',
  'virtualPrivateGateway',
  'vpcPeering',
  'lambda',
  'vpcLattice',
  'elasticFileSystem',
  'globalAccelerator',
  'apiGatewayV2',
] as const;

export type EncryptionExclusion = (typeof ENCRYPTION_EXCLUSIONS)[number];

/** Encryption controls of a VPC: monitored or enforced. A VPC without any has no encryption-status. */
export interface EncryptionControl extends Resource {
  readonly region: string;
  readonly vpcId: string;
  readonly mode: 'monitor' | 'enforce';
  readonly exclusions: readonly EncryptionExclusion[];
}

import { z } from 'zod';
import { fileKind } from './file-kind.ts';
import type { Resource } from './resource.ts';
import { named } from './schema-parts.ts';

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

/** `encryptionControl` of a VPC in network.yaml. */
export const encryptionControlKind = fileKind(
  z
    .strictObject({
      ...named('encryptionControl'),
      mode: z.enum(['monitor', 'enforce']),
      exclusions: z.array(z.enum(ENCRYPTION_EXCLUSIONS)).default([]),
    })
    .refine(({ mode, exclusions }) => mode === 'enforce' || exclusions.length === 0, {
      error: 'exclusions are from what is enforced: write mode: enforce, or take them out',
      path: ['exclusions'],
    }),
  ({ mode, exclusions }, base, { region, vpcId }): EncryptionControl => ({
    ...base,
    region,
    vpcId,
    mode,
    exclusions: [...new Set(exclusions)],
  }),
);

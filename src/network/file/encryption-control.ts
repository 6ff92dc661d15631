import { z } from 'zod';
import { fileKind } from './kind.ts';
import { named } from './schema-parts.ts';
import { ENCRYPTION_EXCLUSIONS, type EncryptionControl } from '../encryption-control.ts';

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

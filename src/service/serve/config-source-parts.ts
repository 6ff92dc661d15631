/** Keys that sources of several types in weir.yaml have. */
import { z } from 'zod';
import { TUNNEL_KINDS } from '../../capture/open.ts';
import { isId } from '../../network/ids.ts';

/** Most VPCs that a source names, and most files of one. */
export const MAX_LIST = 1000;
const SOURCE_NAME = /^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,62}$/;

export const sourceName = z
  .string()
  .refine((text) => SOURCE_NAME.test(text), {
    error:
      'is no name of a source: write up to 63 letters, digits and _ . : @ - that begin with a letter or digit',
  })
  .optional();
export const vpcs = z
  .array(
    z.string().refine((text) => isId('vpc', text), { error: 'is no VPC id: write one like vpc-0a1b2c3d' }),
  )
  .max(MAX_LIST)
  .refine((list) => list.length > 0, { error: 'is empty: name VPCs, or take it out for all of them' })
  .optional();
export const tunnels = z.array(z.enum(TUNNEL_KINDS)).min(1).max(TUNNEL_KINDS.length).optional();

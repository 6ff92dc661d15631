/** `roles` of weir.yaml: what stands for the roles that flow logs name. */
import { z } from 'zod';
import { type Fault, type Path, schemaFaults } from '../../base/yaml-file.ts';
import {
  CREDENTIALS_KEYS,
  type CredentialsConfig,
  credentialsIn,
  credentialsSchema,
  PROFILE_TOO,
} from './config-credentials.ts';

/** With neither profile nor credentials: what the destination is reached with anyway. */
export interface RoleConfig {
  /** A role's ARN, or a pattern: `*` is any text. */
  readonly role: string;
  readonly profile: string | undefined;
  readonly credentials: CredentialsConfig | undefined;
  /** The role is assumed (STS) with them, rather than they used in its place. */
  readonly assume: boolean;
  readonly externalId: string | undefined;
}

const MAX_ROLES = 1000;
/** The ARN of a role, any of whose parts behind the partition may be or hold a `*`. */
const ROLE_PATTERN =
  /^arn:aws(?:-[a-z]+)*:iam::(?:[0-9]{12}|[0-9]{0,11}\*[0-9]{0,11}):role\/[\w+=,.@/*-]{1,512}$/;
/** What STS takes. */
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;

const schema = z.strictObject({
  role: z.string().refine((text) => ROLE_PATTERN.test(text), {
    error:
      'is no ARN of a role, nor a pattern of them: write one like arn:aws:iam::123456789012:role/flow-logs or ' +
      'arn:aws:iam::*:role/*',
  }),
  profile: z.string().min(1).max(255).optional(),
  credentials: credentialsSchema.optional(),
  assume: z.boolean().default(false),
  externalId: z
    .string()
    .refine((text) => EXTERNAL_ID.test(text), {
      error: 'is no external id: write 2 to 1224 letters, digits and _ + = , . @ : / -',
    })
    .optional(),
});

/** Reads the list of `roles`; what is wrong is added to `faults` at its place below `at`. */
export function parseRoles(
  list: readonly unknown[],
  at: Path,
  beside: (path: string) => string,
  faults: Fault[],
): readonly RoleConfig[] {
  if (list.length > MAX_ROLES) {
    faults.push({ path: at, message: `roles: ${list.length} are too many: ${MAX_ROLES} is the most` });
    return [];
  }
  return list.flatMap((element, index) => parseRole(element, [...at, index], beside, faults) ?? []);
}

function parseRole(
  element: unknown,
  at: Path,
  beside: (path: string) => string,
  faults: Fault[],
): RoleConfig | undefined {
  if (typeof element !== 'object' || element === null || Array.isArray(element)) {
    faults.push({ path: at, message: 'a role is a mapping: write { role: ARN, profile: NAME }' });
    return undefined;
  }
  const result = schema.safeParse(element, { reportInput: true });
  if (!result.success) {
    const keys = { credentials: CREDENTIALS_KEYS };
    faults.push(...schemaFaults(schema, result.error.issues, at, keys, 'the role'));
    return undefined;
  }
  const { role, profile, assume, externalId } = result.data;
  if (externalId !== undefined && !assume) {
    faults.push({
      path: at,
      key: 'externalId',
      message: 'externalId goes with assume: true: write that too',
    });
  }
  if (profile !== undefined && result.data.credentials !== undefined) {
    faults.push({ path: at, key: 'profile', message: PROFILE_TOO });
  }
  const credentials = credentialsIn(result.data.credentials, at, beside, faults);
  return { role, profile, credentials, assume, externalId };
}

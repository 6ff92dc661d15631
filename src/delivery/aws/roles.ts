/** Which credentials a flow log's deliveries are made with: destination and roles in, a plan out. */
import type { Caller } from '../../standins/storage/caller.ts';
import type { AwsDestination, AwsKey, RoleMapping } from './settings.ts';

/** Where credentials come from. `id` is the same for the same ones, and holds no secret. */
export type CredentialPlan = { readonly id: string } & (
  | { readonly from: 'default chain' }
  | { readonly from: 'profile'; readonly profile: string }
  | { readonly from: 'key'; readonly key: AwsKey }
  | {
      readonly from: 'role';
      readonly role: string;
      readonly session: string;
      readonly externalId: string | undefined;
      readonly region: string | undefined;
      /** What the role is assumed with. */
      readonly by: CredentialPlan;
    }
);

/** A flow log names a role that no mapping of the destination is for. */
export class RoleNotMapped extends Error {
  readonly role: string;

  constructor(role: string) {
    super(
      `no mapping is for the role ${role}: say in the destination's roles which profile, key or assumed role stands for it`,
    );
    this.name = 'RoleNotMapped';
    this.role = role;
  }
}

/** @throws {RoleNotMapped} */
export function credentialPlan(destination: AwsDestination, as: Caller | undefined): CredentialPlan {
  let plan = ownPlan(destination);
  const { role, crossAccountRole } = as?.roles ?? {};
  // The service's chain: the first role assumes the second.
  for (const arn of [role, crossAccountRole]) {
    if (arn !== undefined) plan = planOf(destination, as!, arn, plan);
  }
  return plan;
}

function ownPlan({ credentials, profile }: AwsDestination): CredentialPlan {
  if (credentials !== undefined) return { id: 'own', from: 'key', key: credentials };
  if (profile !== undefined) return { id: `profile ${profile}`, from: 'profile', profile };
  return { id: 'own', from: 'default chain' };
}

function planOf(
  { roles = [], region }: AwsDestination,
  { account, region: flowLogRegion }: Caller,
  role: string,
  before: CredentialPlan,
): CredentialPlan {
  const index = roles.findIndex((mapping) => isMatch(mapping.role, role));
  const mapping = roles[index];
  if (mapping === undefined) throw new RoleNotMapped(role);
  const by = mappedPlan(mapping, index) ?? before;
  if (mapping.assume !== true) return by;
  const { externalId } = mapping;
  const session = `weir-${account}`;
  const regionOfSts = region ?? flowLogRegion;
  const id = JSON.stringify([role, session, regionOfSts, externalId, by.id]);
  return { id, from: 'role', role, session, externalId, region: regionOfSts, by };
}

function mappedPlan({ credentials, profile }: RoleMapping, index: number): CredentialPlan | undefined {
  if (credentials !== undefined) return { id: `mapping ${index}`, from: 'key', key: credentials };
  if (profile !== undefined) return { id: `profile ${profile}`, from: 'profile', profile };
  return undefined;
}

function isMatch(pattern: string, role: string): boolean {
  const [first, ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === role;
  if (!role.startsWith(first!)) return false;
  const last = rest.pop()!;
  let at = first!.length;
  for (const piece of rest) {
    const found = role.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return role.length - last.length >= at && role.endsWith(last);
}

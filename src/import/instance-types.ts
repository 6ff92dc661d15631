/** Which instance types run on Nitro: their interfaces are recorded at 60 s whatever a flow log asks (S3.2). */

/** Families on Xen, by the service's list of instance types; every other family is on Nitro. */
const XEN = new Set(
  'c1 c3 c4 cc1 cc2 cg1 cr1 d2 f1 g2 g3 g3s h1 hi1 hs1 i2 i3 m1 m2 m3 m4 p2 p3 r3 r4 t1 t2 x1 x1e'.split(' '),
);

/** True for a type on Nitro, undefined for text that is no type. Bare metal, such as i3.metal, is Nitro. */
export function isNitroType(type: string | undefined): boolean | undefined {
  const [, family, size] = /^([a-z][a-z0-9-]{0,30})\.([a-z0-9-]{1,20})$/.exec(type ?? '') ?? [];
  if (family === undefined || size === undefined) return undefined;
  return size.startsWith('metal') || !XEN.has(family);
}

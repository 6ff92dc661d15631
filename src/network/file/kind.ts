/** How a kind of resource is read from network.yaml: its schema, and what is made of a good element. */
import type { z } from 'zod';
import type { Resource } from '../resource.ts';
import type { Vpc } from '../vpc.ts';

/** What stands around an element of the file. */
export interface Around {
  /** The owner of what names none. */
  readonly account: string;
  readonly region: string;
  /** A VPC of the file: lists that name VPCs are read behind them. */
  vpc(id: string): Vpc | undefined;
}

/** What stands around an element in a VPC. */
export interface AroundInVpc extends Around {
  readonly vpcId: string;
}

/** What all resources have in common, as read. */
export type Base = Resource & { readonly origin: 'file' };

export interface FileKind<S extends z.ZodObject, A extends Around, R extends object> {
  readonly schema: S;
  read(it: z.output<S>, base: Base, around: A): R;
}

/** A kind of which an element names its own id, owner and tags. */
export function fileKind<S extends z.ZodObject, R extends object>(
  schema: S,
  read: (it: z.output<S>, base: Base, around: AroundInVpc) => R,
): FileKind<S, AroundInVpc, R> {
  return { schema, read };
}

/** The same for kinds that lie in no VPC. */
export function topKind<S extends z.ZodObject, R extends object>(
  schema: S,
  read: (it: z.output<S>, base: Base, around: Around) => R,
): FileKind<S, Around, R> {
  return { schema, read };
}

/** The same for kinds that lie in something else. */
export function fileKindIn<S extends z.ZodObject, A extends Around, R extends object>(
  schema: S,
  read: (it: z.output<S>, base: Base, around: A) => R,
): FileKind<S, A, R> {
  return { schema, read };
}

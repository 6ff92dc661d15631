/** The request of the wire, under the name that wire's users know; it lives in base/ because identity/, which
 * verifies signatures over it, does not import wire/. */
export type { RawRequest } from '../base/raw-request.ts';

/** Access keys of tests, and who finds them. */
import type { AccessKey } from '../../src/store/store.ts';

const key = (id: string, account: string, readOnly = false): AccessKey => ({
  id: `AKIAWEIRTEST${id}`,
  secret: `secret-of-${id}`,
  account,
  readOnly,
  label: '',
  createdAt: 0,
});
export const OWNER = key('OWNER', '123456789012');
export const READER = key('READER', '123456789012', true);
export const OTHER = key('OTHER', '210987654321');
export const KEYS = { find: (id: string) => [OWNER, READER, OTHER].find((it) => it.id === id) };

/** Pages of Describe actions. */
import type { PageContext, PageTokens } from '../../../base/page-token.ts';
import type { ActionContext } from '../../actions.ts';
import { refusal } from '../../errors.ts';

/** Sizes of a page. More than the most is the most; without a size, a page is as large as it can be. */
const FEWEST = 5;
const MOST = 1000;

export interface PageInput {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/** How many results a page may have. */
export function pageSize({ MaxResults: value }: PageInput): number {
  if (value === undefined) return MOST;
  if (value < FEWEST) throw refusal('maxResultsTooSmall', { value });
  return Math.min(value, MOST);
}

/** A page that a request asks for: from where, how many, and how to ask for the next one. */
export interface Page {
  /** Behind which result it begins; undefined: at the first. */
  readonly after: string | undefined;
  readonly size: number;
  /** The token for what comes behind a result. */
  tokenAfter(cursor: string): string;
}

/**
 * Reads what a request says of pages. `bound` is what must be the same for each page: filters and ids (S8.1).
 *
 * @throws ServiceError for a page that is too small and for a token that was not given out for this request
 */
export function pageOf(
  tokens: PageTokens,
  context: Pick<ActionContext, 'account' | 'region'>,
  action: string,
  input: PageInput,
  bound: PageContext,
): Page {
  const size = pageSize(input);
  const whole = [context.account, context.region, action, ...bound];
  let after: string | undefined;
  if (input.NextToken !== undefined) {
    after = tokens.open(whole, input.NextToken);
    if (after === undefined) throw refusal('invalidPaginationToken');
  }
  return { after, size, tokenAfter: (cursor) => tokens.seal(whole, cursor) };
}

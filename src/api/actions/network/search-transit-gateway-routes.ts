import { containsPrefix, formatPrefix, parsePrefix, type Prefix } from '../../../base/prefixes.ts';
import { routesOf } from '../../../network/transit-gateway-route-table.ts';
import type { TransitGatewayRoute } from '../../../network/transit-gateway-route-table.ts';
import { refusal } from '../../errors.ts';
import type { Filter } from '../../protocol/types.generated.ts';
import type { HandlerOf, NetworkActionsOptions, State } from './dependencies.ts';
import { describeParts } from './describe-parts.ts';
import type { Fields } from './filters.ts';
import { attached, gatewayParts } from './gateway-tables.ts';
import { checkId, find } from './lookup.ts';

/** Filters by how prefixes lie in each other: whether a route to `it` is one for a prefix that is asked for. */
const SEARCHES: Readonly<Record<string, (it: Prefix, asked: Prefix) => boolean>> = {
  'route-search.exact-match': (it, asked) => formatPrefix(it) === formatPrefix(asked),
  'route-search.subnet-of-match': (it, asked) => containsPrefix(asked, it),
  'route-search.supernet-of-match': (it, asked) => containsPrefix(it, asked),
};
const LONGEST = 'route-search.longest-prefix-match';

const stateOf = ({ attachmentIds }: TransitGatewayRoute): string =>
  attachmentIds.length === 0 ? 'blackhole' : 'active';

/** SearchTransitGatewayRoutes. */
export function searchTransitGatewayRoutes(
  options: NetworkActionsOptions,
): HandlerOf<'SearchTransitGatewayRoutes'> {
  return (context, input) => {
    const id = input.TransitGatewayRouteTableId;
    checkId('transitGatewayRouteTable', id);
    const { state } = options.network;
    const table = find(state, context, 'transitGatewayRouteTable', id);
    const parts = gatewayParts(state, table.transitGatewayId);
    const routes = searched(
      routesOf(table, parts, (vpcId) => state.vpc(vpcId)),
      input.Filters,
    );
    const plain = input.Filters.filter(({ Name: name }) => !isSearch(name));
    const { items, NextToken } = describeParts(options, context, routes, {
      ...input,
      action: `SearchTransitGatewayRoutes ${JSON.stringify(input.Filters)}`,
      of: id,
      filters: plain,
      fields: fieldsOf(state),
      key: (it) => `${formatPrefix(it.destination)} ${it.type} ${it.attachmentIds.join(' ')}`,
    });
    return {
      Routes: items.map((it) => output(state, it)),
      AdditionalRoutesAvailable: NextToken !== undefined,
      NextToken,
    };
  };
}

function isSearch(name: string | undefined): boolean {
  return name === LONGEST || (name !== undefined && Object.hasOwn(SEARCHES, name));
}

/** The routes that the filters for prefixes leave. */
function searched(
  routes: readonly TransitGatewayRoute[],
  filters: readonly Filter[],
): readonly TransitGatewayRoute[] {
  let left = routes;
  for (const { Name: name = '', Values: values = [] } of filters) {
    if (!isSearch(name)) continue;
    if (values.length === 0) throw refusal('filterWithoutValues', { name });
    const asked = values.map((value) => prefixIn(value, name));
    const search = SEARCHES[name];
    left =
      search === undefined
        ? longest(left, asked)
        : left.filter(({ destination }) => asked.some((prefix) => search(destination, prefix)));
  }
  return left;
}

/** Of each prefix that is asked for, the routes to the longest one around it. */
function longest(routes: readonly TransitGatewayRoute[], asked: readonly Prefix[]): TransitGatewayRoute[] {
  const found = new Set<TransitGatewayRoute>();
  for (const prefix of asked) {
    const around = routes.filter(({ destination }) => containsPrefix(destination, prefix));
    const length = Math.max(...around.map(({ destination }) => destination.length));
    for (const route of around) if (route.destination.length === length) found.add(route);
  }
  return [...found];
}

function prefixIn(text: string, name: string): Prefix {
  try {
    const whole = text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`;
    return parsePrefix(whole);
  } catch {
    throw refusal('invalidCidr', { value: text, name });
  }
}

function fieldsOf(state: State): Fields<TransitGatewayRoute> {
  const each =
    (member: (it: ReturnType<typeof attached>) => string) =>
    ({ attachmentIds }: TransitGatewayRoute): string[] =>
      attachmentIds.map((id) => member(attached(state.transitGatewayAttachment(id))));
  return {
    'attachment.transit-gateway-attachment-id': (it) => it.attachmentIds,
    'attachment.resource-id': each((it) => it.ResourceId),
    'attachment.resource-type': each((it) => it.ResourceType),
    type: (it) => it.type,
    state: stateOf,
  };
}

function output(state: State, it: TransitGatewayRoute) {
  return {
    DestinationCidrBlock: formatPrefix(it.destination),
    TransitGatewayAttachments: it.attachmentIds.map((id) => attached(state.transitGatewayAttachment(id))),
    Type: it.type,
    State: stateOf(it),
  };
}

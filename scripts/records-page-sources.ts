/** What fills a field, in words: for docs/records.md. */
import type { Field } from '../src/records/catalogue.ts';

/** Facts of an interface, by where network.yaml has them. */
const OF_INTERFACE: Readonly<Record<string, string>> = {
  accountId: '`account` of the interface, else of its subnet, VPC, file',
  interfaceId: '`id` of the interface; a hash where it was discovered',
  vpcId: 'the VPC that it stands in',
  subnetId: 'the subnet that it stands in',
  instanceId: '`instance` of the interface',
  region: '`region` of the VPC, else of the file',
  azId: '`azId` of the subnet',
  sublocationType: '`placement` of the interface, else of the subnet',
  sublocationId: '`placement` of the interface, else of the subnet',
  interfaceType: '`kind` of the interface',
  resourceId: '`id` of the regional NAT gateway',
};

const OF_TASK: Readonly<Record<string, string>> = {
  clusterArn: '`arn`',
  clusterName: '`arn`',
  taskArn: '`arn`',
  taskId: '`arn`',
  containerInstanceArn: '`containerInstance`',
  containerInstanceId: '`containerInstance`',
  containerId: '`containers`, the first',
  secondContainerId: '`containers`, the second',
  serviceName: '`service`',
  taskDefinitionArn: '`taskDefinition`',
};

const OF_RULE: Readonly<Record<string, string>> = {
  'traffic-path': "the route of the subnet's table that the destination matches",
  'pkt-src-aws-service':
    'the list of address ranges (`--ip-ranges`): the most specific one, a named service before AMAZON',
  'pkt-dst-aws-service':
    'the list of address ranges (`--ip-ranges`): the most specific one, a named service before AMAZON',
  'reject-reason':
    '`blockPublicAccess` and the routes; `encryptionControl` and the endpoints; of what is rejected',
  'encryption-status':
    '`encryptionControl` of the VPC; `nitro` of both instances, or port 443 of an endpoint',
};

/** Of the values of a row, those that packets do not tell by themselves. */
const OF_ROW: Readonly<Record<string, string>> = {
  srcaddr: 'the packets; of egress `primary` or `ipv6` of the interface',
  dstaddr: 'the packets; of ingress `primary` or `ipv6` of the interface',
  start: 'the packets; of NODATA and SKIPDATA the interval',
  end: 'the packets; of NODATA and SKIPDATA the interval',
  action: "the firewall's log (NFLOG); ACCEPT without one",
  'log-status': 'whether there were packets, and whether the source lost some',
  'flow-direction': 'the side of the flow that records',
  'tgw-pair-attachment-id': "the gateway's route tables, or where the packets were seen",
  'packets-lost-no-route': 'sources that say why packets were lost; 0 without one',
  'packets-lost-blackhole': 'sources that say why packets were lost; 0 without one',
  'packets-lost-mtu-exceeded': 'sources that say why packets were lost; 0 without one',
  'packets-lost-ttl-expired': 'sources that say why packets were lost; 0 without one',
};

const TAGGED: Readonly<Record<string, string>> = {
  instance: '`tags` of the instance',
  'network-interface': '`tags` of the interface',
  'auto-scaling-group': "`tags` of the instance's Auto Scaling group",
};

const OF_END: Readonly<Record<string, string>> = {
  attachmentId: 'its `id`',
  vpcAccountId: '`account` of its VPC',
  vpcId: 'its `vpc`',
  subnetId: "its `subnets`: that of the address's zone, else the first",
  interfaceId: "its `interfaces`: that of the address's zone, else the first",
  azId: '`azId` of that subnet',
};

/** What fills a field. */
export function filledFrom({ id, filling }: Field): string {
  switch (filling.per) {
    case 'format':
      return filling.value === 'version' ? 'the log format' : 'what the flow log is of';
    case 'row':
      return OF_ROW[filling.value] ?? 'the packets';
    case 'interface':
      if (id === 'tgw-attachment-id') return '`id` of the attachment that records';
      return known(OF_INTERFACE, filling.value);
    case 'task':
      return `\`ecsTasks\`: ${known(OF_TASK, filling.value)}`;
    case 'tag': {
      const key = filling.key === 0 ? 'first' : 'second';
      return `${known(TAGGED, filling.resource)}: the ${key} key of the flow log`;
    }
    case 'gateway':
      return `\`${filling.value === 'accountId' ? 'account' : filling.value}\` of the transit gateway`;
    case 'rule':
      return known(OF_RULE, filling.value);
    case 'next-hop':
      return `routes, and addresses of interfaces: the next hop's ${id.replace(/^next-hop-/, '').replaceAll('-', ' ')}`;
    default:
      return `the attachment at the ${filling.end}: ${known(OF_END, filling.value)}`;
  }
}

/** A text for every value that the catalogue has: a new one without is a fault of this page. */
function known(texts: Readonly<Record<string, string>>, value: string): string {
  const text = texts[value];
  if (text === undefined)
    throw new Error(`scripts/records-page-sources.ts does not say where ${value} comes from`);
  return text;
}

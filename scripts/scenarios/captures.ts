/** The captures of the scenarios: by folder and file. What they hold is written down here, and nowhere else. */
import { type Link, Traffic, type Way } from './traffic.ts';

/** Handshake and close of a client's side, and of a server's. */
const CLIENT = { opens: 'syn', closes: 'fin' } as const;
const SERVER = { opens: 'syn-ack', closes: 'fin' } as const;
const REJECT = { prefix: 'REJECT ' };

/** One datagram. */
function datagram(traffic: Traffic, from: string, to: string, at: number, link: Link = {}): Traffic {
  return traffic.udp(`${from} 40000`, `${to} 123`, { ...link, packets: 1, bytes: 76, start: at, end: at });
}

/** Two datagrams to one address of a pair of hosts, ten seconds apart. */
function clock(traffic: Traffic, to: string, start: number): Traffic {
  return traffic.udp('203.0.113.12 40000', `${to} 123`, { packets: 2, bytes: 152, start, end: start + 10 });
}

function twoHosts(): Traffic {
  const traffic = new Traffic();
  clock(traffic, '172.31.16.139', 1431280810);
  clock(traffic, '172.31.16.21', 1431280812);
  clock(traffic, '172.31.16.21', 1431280872);
  clock(traffic, '172.31.16.139', 1431280930);
  return clock(traffic, '172.31.16.21', 1431280932);
}

/** Without the first host's traffic of the first minute: it is silent where the loss is, and before. */
function oneSilent(): Traffic {
  const traffic = new Traffic();
  clock(traffic, '172.31.16.21', 1431280812);
  clock(traffic, '172.31.16.21', 1431280872);
  clock(traffic, '172.31.16.139', 1431280930);
  return clock(traffic, '172.31.16.21', 1431280932);
}

/** The last packets are of the first minute, in the capture behind those of the second. */
function late(): Traffic {
  const traffic = new Traffic();
  const host = '172.31.16.139';
  const three = { packets: 3, bytes: 228 };
  traffic.udp('203.0.113.12 40000', `${host} 123`, { ...three, start: 1431280810, end: 1431280830 });
  clock(traffic, '172.31.16.21', 1431280812);
  traffic.udp('203.0.113.12 40000', `${host} 123`, { ...three, start: 1431280870, end: 1431280890 });
  clock(traffic, '172.31.16.21', 1431280872);
  const behind = { packets: 2, bytes: 152, start: 1431280850, end: 1431280851, writtenAt: 1431280890.5 };
  return traffic.udp('203.0.113.12 40000', `${host} 123`, behind);
}

function pings(): Traffic {
  const traffic = new Traffic({ nflog: true });
  const [outside, host] = ['203.0.113.12', '172.31.16.139'];
  const four = { packets: 4, bytes: 336 };
  traffic.echo('request', outside, host, { ...four, start: 1432917027, end: 1432917142 });
  traffic.echo('reply', host, outside, { ...four, ...REJECT, start: 1432917094, end: 1432917142 });
  traffic.echo('request', outside, host, { ...four, start: 1432917627, end: 1432917742 });
  traffic.echo('reply', host, outside, { ...four, start: 1432917627, end: 1432917742 });
  return traffic.echo('request', outside, host, { ...four, ...REJECT, start: 1432918227, end: 1432918342 });
}

/** One connection to a web server through a translation, with what is around packets to and from what translates. */
function translated(own: string, to: Link, from: Link): Traffic {
  const traffic = new Traffic();
  const [host, web] = ['10.0.1.5 40112', '203.0.113.5 443'];
  const up = { ...CLIENT, packets: 12, bytes: 1830, start: 1670000010, end: 1670000040 };
  const down = { ...SERVER, packets: 10, bytes: 8120, start: 1670000010, end: 1670000040 };
  traffic.tcp(host, web, { ...up, ...to });
  traffic.tcp(`${own} 1024`, web, { ...up, ...from });
  traffic.tcp(web, `${own} 1024`, { ...down, ...to });
  return traffic.tcp(web, host, { ...down, ...from });
}

function transitGateway(): Traffic {
  const [client, server] = ['10.20.33.164 39812', '10.40.2.236 80'];
  const times = { start: 1670000010, end: 1670000030 };
  return new Traffic()
    .tcp(client, server, { ...CLIENT, packets: 8, bytes: 760, ...times, fromMac: '02:00:00:00:0b:01' })
    .tcp(server, client, { ...SERVER, packets: 7, bytes: 5230, ...times, toMac: '02:00:00:00:0b:02' });
}

function betweenVpcs(): Traffic {
  const [client, server] = ['10.1.0.10 56846', '10.2.0.20 443'];
  const times = { start: 1755592533, end: 1755592558 };
  return new Traffic()
    .tcp(client, server, { ...CLIENT, packets: 10, bytes: 1771, ...times })
    .tcp(server, client, { ...SERVER, packets: 9, bytes: 8947, ...times });
}

/** Each packet in each VLAN: where it comes into the gateway, and where it leaves. */
function atAttachments(server: string, vlans: readonly number[]): Traffic {
  const traffic = new Traffic();
  const client = '10.1.0.10 56846';
  const times = { start: 1755592503, end: 1755592558 };
  for (const vlan of vlans) {
    traffic.tcp(client, server, { ...CLIENT, packets: 10, bytes: 1771, ...times, vlan });
    traffic.tcp(server, client, { ...SERVER, packets: 9, bytes: 9771, ...times, vlan });
  }
  return traffic;
}

function encryption(): Traffic {
  const traffic = new Traffic();
  const times = { start: 1670000010, end: 1670000020 };
  for (const client of ['10.0.133.8 43236', '10.0.130.104 55016']) {
    traffic.tcp(client, '10.0.128.55 80', { ...CLIENT, packets: 6, bytes: 520, ...times });
    traffic.tcp('10.0.128.55 80', client, { ...SERVER, packets: 5, bytes: 2210, ...times });
  }
  return traffic;
}

/** Connections of one host; what the endpoint does not take on port 80 is in the log as rejected. */
function endpoints(): Traffic {
  const traffic = new Traffic({ nflog: true });
  const times = { start: 1670000010, end: 1670000020 };
  const taken = ['10.0.129.9 443', '198.51.100.9 443', '198.51.100.9 80', '203.0.113.9 443'];
  for (const [k, server] of taken.entries()) {
    traffic.tcp(`10.0.128.55 4000${k}`, server, { ...CLIENT, packets: 6, bytes: 520, ...times });
  }
  return traffic.tcp('10.0.128.55 40009', '10.0.129.9 80', { ...REJECT, packets: 3, bytes: 132, ...times });
}

function one(pairs: readonly (readonly [from: string, to: string])[]): Traffic {
  const traffic = new Traffic();
  for (const [k, [from, to]] of pairs.entries()) datagram(traffic, from, to, 1670000010 + k);
  return traffic;
}

/** The documented transfer of 23 MB, its 17,090 packets cut to their headers, in files that stay small. */
function transfer(part: readonly [number, number]): Traffic {
  const first = { start: 1566848875, end: 1566848933 };
  const then = { start: 1566849000, end: 1566849113, closes: 'fin' } as const;
  const [control, client, server] = ['52.213.180.42 43416', '52.213.180.42 43418', '10.0.0.62 5001'];
  return new Traffic({ withoutIds: true, snaplen: 48, part })
    .tcp(control, server, { packets: 8, bytes: 568, opens: 'syn', ...first })
    .tcp(server, control, { packets: 7, bytes: 376, opens: 'syn-ack', ...first })
    .tcp(client, server, { packets: 70, bytes: 100701, opens: 'syn', ...first })
    .tcp(server, client, { packets: 12, bytes: 632, opens: 'syn-ack', ...first })
    .tcp(client, server, { packets: 15774, bytes: 23294588, ...then })
    .tcp(server, client, { packets: 1219, bytes: 63388, ...then });
}

/** One packet, so many seconds after a time. */
function at(seconds: number): Pick<Way, 'packets' | 'bytes' | 'start' | 'end'> {
  return { packets: 1, bytes: 76, start: 1670000010 + seconds, end: 1670000010 + seconds };
}

/** What fills every field: a datagram each, the last one rejected by what firewall.pcap says. */
function everything(): Traffic {
  const traffic = new Traffic();
  traffic.udp('10.0.1.10 40000', '10.0.1.20 123', at(0));
  traffic.udp('10.0.1.10 40000', '52.95.128.179 123', at(1));
  traffic.udp('52.95.128.179 123', '10.0.1.10 40000', at(2));
  traffic.udp('10.0.3.30 40000', '10.0.1.10 123', at(3));
  traffic.udp('203.0.113.5 40000', '107.22.182.139 123', { ...at(4), vlan: 100 });
  return traffic.udp('203.0.113.9 40000', '10.0.2.30 123', at(5));
}

function blocked(): Traffic {
  const at = { start: 1670000010, end: 1670000013 };
  return new Traffic({ nflog: true })
    .tcp('203.0.113.9 40000', '10.0.0.10 443', { ...REJECT, packets: 3, bytes: 132, ...at })
    .udp('10.0.0.10 40001', '203.0.113.77 443', { ...REJECT, packets: 2, bytes: 180, ...at })
    .tcp('10.0.9.9 40002', '10.0.0.10 3389', { ...REJECT, packets: 3, bytes: 132, ...at })
    .tcp('10.0.9.9 40003', '10.0.0.10 22', { packets: 5, bytes: 540, opens: 'syn', ...at });
}

function secondary(): Traffic {
  const traffic = new Traffic();
  const times = { start: 1670000010, end: 1670000020 };
  for (const [client, server] of [
    ['203.0.113.9 40000', '10.0.0.10 443'],
    ['203.0.113.9 40001', '10.0.0.11 443'],
  ] as const) {
    traffic.tcp(client, server, { ...CLIENT, packets: 6, bytes: 520, ...times });
    traffic.tcp(server, client, { ...SERVER, packets: 5, bytes: 2210, ...times });
  }
  return traffic;
}

const MAC_NAT = '02:00:00:00:0a:01';
/** Folder and file of each capture, and what is in it. A name that ends with .gz is compressed. */
export const CAPTURES: Readonly<Record<string, Readonly<Record<string, () => Traffic>>>> = {
  'all-fields': {
    'wire.pcap': everything,
    'firewall.pcap': () =>
      datagram(new Traffic({ nflog: true }), '203.0.113.9', '10.0.2.30', 1670000015, REJECT),
  },
  'default-accepted': {
    'capture.pcap': () => {
      const times = { start: 1418530010, end: 1418530070 };
      return new Traffic()
        .tcp('172.31.16.139 20641', '172.31.16.21 22', { ...CLIENT, packets: 20, bytes: 4249, ...times })
        .tcp('172.31.16.21 22', '172.31.16.139 20641', { ...SERVER, packets: 18, bytes: 6120, ...times });
    },
  },
  'default-rejected': {
    'wire.pcap': () =>
      new Traffic().tcp('172.31.9.69 49761', '172.31.9.12 3389', {
        packets: 20,
        bytes: 4249,
        start: 1418530010,
        end: 1418530070,
      }),
    'firewall.pcap': () =>
      new Traffic({ nflog: true }).tcp('172.31.9.69 49761', '172.31.9.12 3389', {
        ...REJECT,
        packets: 1,
        bytes: 213,
        start: 1418530010,
        end: 1418530010,
      }),
  },
  nodata: { 'capture.pcap': twoHosts },
  skipdata: { 'capture.pcap': oneSilent },
  late: { 'capture.pcap': late },
  'security-group-and-acl': { 'capture.pcap': pings },
  ipv6: {
    'capture.pcap': () => {
      const client = '2001:db8:1234:a100:8d6e:3477:df66:f105 34892';
      const server = '2001:db8:1234:a102:3304:8879:34cf:4071 22';
      const times = { start: 1477913708, end: 1477913820 };
      return new Traffic()
        .tcp(client, server, { ...CLIENT, packets: 54, bytes: 8855, ...times })
        .tcp(server, client, { ...SERVER, packets: 48, bytes: 7240, ...times });
    },
  },
  'tcp-flags': {
    'first.pcap.gz': () => transfer([0, 1566849056]),
    'second.pcap.gz': () => transfer([1566849056, Infinity]),
  },
  'tcp-flags-one-interval': {
    'capture.pcap': () => {
      const times = { start: 1566933133, end: 1566933193 };
      const [client, server] = ['52.213.180.42 43638', '10.0.0.62 5001'];
      return new Traffic()
        .tcp(client, server, { ...CLIENT, packets: 17, bytes: 1260, ...times })
        .tcp(server, client, { ...SERVER, packets: 14, bytes: 967, ...times });
    },
  },
  'nat-gateway': {
    'capture.pcap': () => translated('10.0.0.220', { toMac: MAC_NAT }, { fromMac: MAC_NAT }),
  },
  'regional-nat-gateway': {
    'capture.pcap': () => translated('107.22.182.139', { vlan: 100 }, { vlan: 100 }),
  },
  'transit-gateway': { 'capture.pcap': transitGateway },
  'transit-gateway-records': { 'capture.pcap': betweenVpcs },
  'transit-gateway-attachments': { 'capture.pcap': () => atAttachments('192.168.5.5 80', [11, 12]) },
  'transit-gateway-internet': { 'capture.pcap': () => atAttachments('52.95.128.179 80', [21]) },
  'service-and-traffic-path': {
    'capture.pcap': () => {
      const times = { start: 1616729292, end: 1616729349 };
      return new Traffic()
        .tcp('10.0.0.71 34210', '52.95.128.179 80', { ...CLIENT, packets: 7, bytes: 471, ...times })
        .tcp('52.95.128.179 80', '10.0.0.71 34210', { ...SERVER, packets: 14, bytes: 15044, ...times });
    },
  },
  'traffic-paths': {
    'capture.pcap': () => {
      const host = '10.0.0.10';
      const out = ['10.0.9.20', '10.70.0.9', '10.80.0.9', '172.16.0.9', '10.50.0.9', '10.60.0.9'];
      const away = ['203.0.113.70', '198.51.100.9', '203.0.113.9', '192.0.2.9'];
      return one([...[...out, ...away].map((to) => [host, to] as const), ['203.0.113.9', host]]);
    },
  },
  'encryption-endpoints': { 'capture.pcap': endpoints },
  'encryption-status': { 'capture.pcap': encryption },
  'next-hops': {
    'capture.pcap': () =>
      one([
        ['10.0.1.10', '10.0.1.20'],
        ['10.0.1.10', '203.0.113.9'],
        ['203.0.113.9', '10.0.1.10'],
        ['10.0.1.10', '10.60.0.9'],
        ['10.60.0.9', '10.0.1.10'],
        ['10.0.1.10', '10.50.0.9'],
        ['10.0.0.30', '203.0.113.9'],
        ['203.0.113.9', '10.0.0.30'],
      ]),
  },
  tags: {
    'capture.pcap': () =>
      one([
        ['10.0.0.10', '10.0.0.20'],
        ['10.0.0.20', '10.0.0.10'],
        ['10.0.0.30', '203.0.113.9'],
      ]),
  },
  ecs: {
    'capture.pcap': () =>
      one([
        ['10.0.0.20', '10.0.0.10'],
        ['10.0.0.20', '10.0.0.30'],
      ]),
  },
  'block-public-access': { 'capture.pcap': blocked },
  'shared-subnet': {
    'capture.pcap': () =>
      one([
        ['10.0.0.10', '10.0.0.20'],
        ['10.0.0.20', '10.0.0.10'],
      ]),
  },
  sublocation: {
    'capture.pcap': () =>
      one([
        ['10.0.1.10', '10.0.2.10'],
        ['10.0.4.10', '10.0.3.10'],
      ]),
  },
  'secondary-address': { 'capture.pcap': secondary },
};

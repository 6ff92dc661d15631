import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { cidrs, imported, reasons, shown } from './support.ts';
import { MAIN } from '../program.ts';

const ever = { valid_life_time: 4294967295, preferred_life_time: 4294967295 };

function inet(local: string, prefixlen: number, more: object = {}): object {
  const family = local.includes(':') ? 'inet6' : 'inet';
  return { family, local, prefixlen, scope: 'global', ...more, ...ever };
}

function link(ifindex: number, ifname: string, addresses: readonly object[], more: object = {}): object {
  return {
    ifindex,
    ifname,
    flags: ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'],
    mtu: 1500,
    qdisc: 'fq_codel',
    operstate: 'UP',
    link_type: 'ether',
    address: `52:54:00:00:00:${String(ifindex).padStart(2, '0')}`,
    broadcast: 'ff:ff:ff:ff:ff:ff',
    addr_info: addresses,
    ...more,
  };
}

const LINKS = [
  link(1, 'lo', [inet('127.0.0.1', 8, { scope: 'host' })], {
    flags: ['LOOPBACK', 'UP', 'LOWER_UP'],
    link_type: 'loopback',
    address: '00:00:00:00:00:00',
  }),
  link(2, 'eth0', [
    inet('10.1.2.3', 24),
    inet('10.1.2.4', 24, { secondary: true }),
    inet('2001:db8:7::99', 64, { temporary: true, dynamic: true }),
    inet('2001:db8:7::3', 64, { dynamic: true, mngtmpaddr: true }),
    inet('fe80::1', 64, { scope: 'link' }),
  ]),
  link(3, 'wlan0', [inet('10.1.2.77', 24)]),
  link(4, 'docker0', [inet('172.17.0.1', 16)], { operstate: 'DOWN' }),
  link(5, 'vethab12', [inet('fe80::2', 64, { scope: 'link' })], { master: 'docker0' }),
  link(6, 'wg0', [inet('10.99.0.2', 32)], { link_type: 'none', address: undefined }),
  link(7, 'eth1', [inet('192.168.5.1', 24)], { flags: ['BROADCAST', 'MULTICAST'] }),
  {},
  link(8, 'tun0', [{ ...inet('10.8.0.6', 32), address: '10.8.0.5' }], {
    link_type: 'none',
    address: undefined,
  }),
];
const ROUTES = [
  { dst: 'default', gateway: '10.1.2.1', dev: 'eth0', protocol: 'dhcp', flags: [] },
  { dst: '10.1.2.0/24', dev: 'eth0', protocol: 'kernel', scope: 'link', prefsrc: '10.1.2.3', flags: [] },
  { dst: '10.99.0.0/24', dev: 'wg0', scope: 'link', flags: [] },
  { dst: '10.99.7.7', dev: 'wg0', scope: 'link', flags: [] },
  { dst: '10.50.0.0/16', gateway: '10.1.2.1', dev: 'eth0', flags: [] },
  { dst: '169.254.0.0/16', dev: 'eth0', scope: 'link', flags: [] },
  { type: 'blackhole', dst: '10.66.0.0/16', dev: 'eth0', flags: [] },
];
const FILES = { 'addr.json': LINKS, 'route.json': ROUTES };

function byName(
  network: ReturnType<typeof imported>['network'],
  name: string,
): Record<string, unknown> | undefined {
  return shown([...network.interfaces.values()].find((it) => it.tags['Name'] === name));
}

describe('ip -j addr and ip -j route', () => {
  const { network, report } = imported(FILES);
  const [vpc] = network.vpcs.values();

  test('one VPC of what the links are connected to, routes without gateway included', () => {
    expect(network.vpcs.size).toBe(1);
    expect(cidrs(vpc)).toEqual([
      '10.1.2.0/24',
      '10.8.0.5/32',
      '10.8.0.6/32',
      '10.99.0.0/24',
      '10.99.7.7/32',
      '2001:db8:7::/64',
    ]);
    expect(vpc!.tags).toEqual({ Name: 'box' });
  });

  test('links with a shared network are in one subnet', () => {
    const [first, second] = [byName(network, 'eth0'), byName(network, 'wlan0')];
    expect(first!['subnetId']).toBe(second!['subnetId']);
    expect(cidrs(network.subnets.get(String(first!['subnetId'])))).toEqual([
      '10.1.2.0/24',
      '2001:db8:7::/64',
    ]);
    expect(network.subnets.size).toBe(3);
  });

  test('an interface: addresses that stay, MAC address, the instance, and the source of its name', () => {
    const [id] = network.instances.keys();
    expect(byName(network, 'eth0')).toMatchObject({
      primary: '10.1.2.3',
      secondary: ['10.1.2.4'],
      ipv6: ['2001:db8:7::3'],
      mac: '5254 2',
      instanceId: id,
    });
    expect([...network.interfaces.values()].map(({ bindings }) => bindings[0]!.source).sort()).toEqual([
      'eth0',
      'tun0',
      'wg0',
      'wlan0',
    ]);
    expect(byName(network, 'tun0')!['mac']).toBeUndefined();
  });

  test('what is left out, and why', () => {
    expect(reasons(report)).toEqual({
      'link lo': 'is the loopback',
      'link docker0': 'is for containers or virtual machines of this host: --link takes it in',
      'link vethab12': 'is a port of docker0',
      'link eth1': 'is down',
    });
    expect(report.notes.join('\n')).toContain('eth0: temporary IPv6 addresses are left out');
    expect(report.notes).toContain('everything else goes out by eth0, to 10.1.2.1');
  });

  test('ids are the same each time, and others on another host', () => {
    const ids = (name: string): string[] => [
      ...imported(FILES, { host: { name, links: undefined } }).network.interfaces.keys(),
    ];
    expect(ids('box')).toEqual([...network.interfaces.keys()]);
    expect(ids('other').filter((id) => network.interfaces.has(id))).toEqual([]);
  });

  test('--link takes what it names, a bridge of containers too', () => {
    const { network, report } = imported(FILES, { host: { name: 'box', links: ['docker0', 'eth9'] } });
    expect([...network.interfaces.values()].map(({ tags }) => tags['Name'])).toEqual(['docker0']);
    expect(reasons(report)['link eth0']).toBe('is not named by --link');
    expect(report.notes).toContain('--link eth9: there is no such link with an address');
  });

  test('addresses that are none are told', () => {
    const bad = link(9, 'eth9', [
      { family: 'inet', local: '10.0.0.256', prefixlen: 24 },
      inet('10.3.0.1', 99),
    ]);
    const { network, report } = imported({ 'a.json': [bad] });
    expect(cidrs([...network.subnets.values()][0])).toEqual(['10.3.0.1/32']);
    expect(reasons(report)['address of eth9']).toBe('has no "local" that is an address');
  });
});

const unshare = spawnSync('unshare', ['--net', 'ip', '-j', 'link'], { encoding: 'utf8' });
const lack = unshare.status === 0 ? '' : ' (lacks root, or unshare and ip)';
if (lack !== '' && process.env['CI'] === 'true') throw new Error(`network namespaces${lack}`);

describe.skipIf(lack !== '')(`a namespace of this machine${lack}`, () => {
  test('weir import --host finds its links, and ip agrees', () => {
    const script = [
      'ip link set lo up',
      'ip link add left type veth peer name right',
      'ip addr add 10.77.0.1/24 dev left',
      'ip -6 addr add fd77::1/64 dev left nodad',
      'ip link set left up',
      'ip link set right up',
      'ip route add 10.78.0.0/16 dev left',
      'ip link add docker0 type bridge',
      'ip addr add 172.17.0.1/16 dev docker0',
      'ip link set docker0 up',
      'cat /sys/class/net/left/address >&2',
      `exec "${process.execPath}" "${MAIN}" import --host --name spaced --discover --report json`,
    ].join(' && ');
    const { status, stdout, stderr } = spawnSync(
      'unshare',
      ['--net', '--mount', 'sh', '-c', `mount -t sysfs sysfs /sys && ${script}`],
      {
        encoding: 'utf8',
      },
    );
    const [mac = '', json = ''] = stderr.split('\n');
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(`mac: "${mac}"`);
    for (const part of [
      '10.77.0.1',
      'fd77::1',
      '10.77.0.0/24',
      '10.78.0.0/16',
      'discover: true',
      'source: left',
    ]) {
      expect(stdout).toContain(part);
    }
    expect(stdout).not.toContain('172.17');
    const report = JSON.parse(json) as Parameters<typeof reasons>[0];
    expect(Object.keys(reasons(report)).sort()).toEqual(['link docker0', 'link lo', 'link right']);
  });
});

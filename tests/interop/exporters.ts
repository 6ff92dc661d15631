/**
 * Exporters of Debian that read a capture and report it: softflowd, nfdump's nfreplay (over the files of nfpcapd), and
 * pmacctd with its plugins nfprobe and sfprobe. Each says what it leaves out.
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Program } from './programs.ts';

const run = promisify(execFile);

/** What an exporter sends, and where to. */
export interface Sending {
  /** A pcap file of Ethernet frames. */
  readonly capture: string;
  /** On 127.0.0.1. */
  readonly port: number;
  /** An empty directory for what it has to write. */
  readonly folder: string;
}

/** An exporter in one of its ways to export. */
export interface Exporter {
  readonly name: string;
  /** The flag of `weir record`, with more of them where the exporter needs them. */
  readonly flag: '--netflow' | '--ipfix' | '--sflow';
  readonly more: readonly string[];
  /** Examples that it reports without leaving anything out, beside those of COMMON. */
  readonly also: readonly string[];
  /** IPv6 has no place in version 5. */
  readonly ipv6: boolean;
  /** Whether it tells the times of the capture: sFlow has none, its samples are of when they come. */
  readonly times: boolean;
  /** Frames behind the others that need not arrive. */
  readonly filling?: number;
  /** Resolves when it has sent everything. */
  send(sending: Sending): Promise<void>;
}

/** Examples that every exporter reports whole. The others: `cooked`, `scan` and `pcapng` have link types, or several
 * interfaces, that exporters do not know apart; of `vlan` they read one tag at most. */
export const COMMON = ['web', 'dns', 'ipv6', 'bulk', 'ssh', 'ping', 'scan-wire'];

/** The version, told in whichever way: the program is there when it can be run at all. */
export function debianProgram(name: string, debian: string): Program {
  return spawnSync(name, ['-V']).error === undefined
    ? { path: name }
    : { missing: `${name} of Debian (${debian})` };
}

/** Later fragments have no ports in softflowd; otherwise it reports everything, offloaded segments too. */
export const SOFTFLOWD: readonly Exporter[] = [
  softflowd('NetFlow v5', '--netflow', ['-v', '5']),
  softflowd('NetFlow v9', '--netflow', ['-v', '9', '-6']),
  softflowd('IPFIX', '--ipfix', ['-v', '10', '-6']),
  softflowd('IPFIX, both directions in a record', '--ipfix', ['-v', '10', '-6', '-b']),
  softflowd('IPFIX, nanoseconds', '--ipfix', ['-v', '10', '-6', '-A', 'nano']),
  softflowd('IPFIX over TCP', '--ipfix', ['-v', '10', '-6', '-P', 'tcp'], ['--transport', 'tcp']),
];

function softflowd(
  name: string,
  flag: Exporter['flag'],
  options: readonly string[],
  more: readonly string[] = [],
): Exporter {
  return {
    name,
    flag,
    more,
    also: ['offload'],
    ipv6: options.includes('-6'),
    times: true,
    async send({ capture, port }) {
      await run('softflowd', ['-r', capture, '-n', `127.0.0.1:${port}`, '-d', '-a', ...options]);
    },
  };
}

/** nfpcapd puts fragments together and counts a packet; of a jumbogram it sees neither protocol nor length. What it
 * sends by itself (-H) is a protocol of its own (version 250) to nfcapd. It tells no sampling rate. */
export const NFDUMP: readonly Exporter[] = [nfreplay(5), nfreplay(9)];

function nfreplay(version: 5 | 9): Exporter {
  return {
    name: `NetFlow v${version}`,
    flag: '--netflow',
    more: ['--sampling-rate', '1'],
    also: [],
    ipv6: version === 9,
    times: true,
    async send({ capture, port, folder }) {
      const [parts, whole] = [join(folder, 'parts'), join(folder, 'whole')];
      mkdirSync(parts);
      await run('nfpcapd', ['-r', capture, '-w', parts]);
      await run('nfdump', ['-R', parts, '-q', '-w', whole]);
      await run('nfreplay', ['-r', whole, '-H', '127.0.0.1', '-p', `${port}`, '-v', `${version}`]);
    },
  };
}

/** pmacctd knows fragments by their first one. Of a jumbogram it sees neither protocol nor length. nfprobe tells no
 * sampling rate in v9 and IPFIX. sfprobe looks at each frame alone: later fragments have no ports; and it
 * never sends its last datagram while there is room in it, so frames behind the others must push them out. */
export const PMACCT: readonly Exporter[] = [
  nfprobe(5, '--netflow', 'NetFlow v5'),
  nfprobe(9, '--netflow', 'NetFlow v9'),
  nfprobe(10, '--ipfix', 'IPFIX'),
  {
    name: 'sFlow, each packet a sample',
    flag: '--sflow',
    more: [],
    also: [],
    ipv6: true,
    times: false,
    filling: 20,
    async send(sending) {
      const plugin = `plugins: sfprobe
sfprobe_receiver: 127.0.0.1:${sending.port}
sfprobe_agentip: 127.0.0.1
sampling_rate: 1
snaplen: 256
`;
      await pmacctd(sending, plugin);
    },
  },
];

function nfprobe(version: 5 | 9 | 10, flag: Exporter['flag'], name: string): Exporter {
  return {
    name,
    flag,
    more: version === 5 ? [] : ['--sampling-rate', '1'],
    also: ['fragments'],
    ipv6: version !== 5,
    times: true,
    async send(sending) {
      const plugin = `plugins: nfprobe
nfprobe_receiver: 127.0.0.1:${sending.port}
nfprobe_version: ${version}
aggregate: src_host,dst_host,src_port,dst_port,proto,tcpflags
`;
      await pmacctd(sending, plugin);
    },
  };
}

async function pmacctd({ capture, folder }: Sending, plugin: string): Promise<void> {
  const path = join(folder, 'pmacctd.conf');
  writeFileSync(path, `daemonize: false\npcap_savefile: ${capture}\n${plugin}`);
  try {
    await run('pmacctd', ['-f', path]);
  } catch (error) {
    // At the end of the file the plugin sends what it has and ends. It is chance whether it or pmacctd ends first, and
    // pmacctd exits with 1 when it was the plugin. What was sent is counted by the test.
    if (!String((error as { stderr?: string }).stderr).includes('no more plugins active')) throw error;
  }
}

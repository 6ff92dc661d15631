/** Who receives in `npm run bench -- netflow`: how each is started, and what it says it received. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const WEIR = new URL('../../src/cli/main.ts', import.meta.url).pathname;
/** As scripts/with-node has it. */
const NODE_OPTIONS = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=4'];
const NFACCTD = new URL('nfacctd.conf', import.meta.url);

/** Where a contender runs. */
export interface Setting {
  readonly port: number;
  /** An empty directory in memory. */
  readonly folder: string;
  /** Bytes of the receive buffer: the same for all that have a socket. */
  readonly receiveBuffer: number;
}

/** What arrived. Either is undefined where the contender does not say it. */
export interface Received {
  readonly records?: number;
  /** The sum of the packets that the records count. */
  readonly packets?: number;
}

export interface Contender {
  readonly name: string;
  readonly program: string;
  argv(setting: Setting): readonly string[];
  /** What it says once it listens, on either stream. */
  readonly ready: RegExp;
  received(setting: Setting, said: string): Received;
}

export const CONTENDERS: readonly Contender[] = [
  weir('weir, socket', []),
  weir('weir, tcpdump', ['--receiver', 'tcpdump']),
  {
    name: 'nfcapd',
    program: 'nfcapd',
    // Files are of ten seconds and do not stay: at these rates memory would not hold a minute of them.
    argv: ({ port, folder, receiveBuffer }) =>
      ['nfcapd', '-w', folder, '-p', `${port}`, '-b', '127.0.0.1', '-B', `${receiveBuffer}`].concat([
        '-t',
        '10',
        '-x',
        'rm -f %d/%f',
      ]),
    ready: /Startup/,
    received: (_setting, said) => ({
      records: sum(said, /Ident: '[^']*' Flows: (\d+)/g),
      packets: sum(said, /Ident: '[^']*' Flows: \d+, Packets: (\d+)/g),
    }),
  },
  // A bucket for each flow, and the size that its manual says to be enough for a million of them.
  nfacctd('nfacctd', 500_009),
  nfacctd('nfacctd, fewer buckets', 130_003),
];

/** A command line of this checkout, without the launcher around it. */
export function weirArguments(...args: readonly string[]): string[] {
  return [process.execPath, ...NODE_OPTIONS, WEIR, ...args];
}

function weir(name: string, more: readonly string[]): Contender {
  return {
    name,
    program: 'node',
    argv: ({ port, folder, receiveBuffer }) =>
      weirArguments(
        'record',
        '--netflow',
        `127.0.0.1:${port}`,
        '--cidr',
        '0.0.0.0/0,::/0',
        '--interval',
        '60',
      )
        .concat('-o', join(folder, 'records.gz'), '--summary', 'json', more)
        .concat(more.length === 0 ? ['--receive-buffer', `${receiveBuffer}`] : []),
    ready: /listening for NetFlow/,
    received(_setting, said) {
      const line = said.split('\n').find((text) => text.startsWith('{'));
      if (line === undefined) throw new Error(`weir said no summary: ${said}`);
      const summary = JSON.parse(line) as {
        identity: boolean;
        outcomes: { recorded: { packets: number } };
        exports: readonly { rows: number }[];
      };
      if (!summary.identity) throw new Error(`the identity does not hold: ${line}`);
      return { records: summary.exports[0]!.rows, packets: summary.outcomes.recorded.packets };
    },
  };
}

function nfacctd(name: string, buckets: number): Contender {
  return {
    name,
    program: 'nfacctd',
    argv({ port, folder, receiveBuffer }) {
      const path = join(folder, 'nfacctd.conf');
      const own = `nfacctd_port: ${port}\nnfacctd_pipe_size: ${receiveBuffer}\nprint_cache_entries: ${buckets}\nprint_output_file: ${folder}/flows-%Y%m%d-%H%M.csv\n`;
      writeFileSync(path, readFileSync(NFACCTD, 'utf8') + own);
      return ['nfacctd', '-f', path];
    },
    ready: /waiting for NetFlow/,
    received({ folder }) {
      const files = readdirSync(folder).filter((file) => file.endsWith('.csv'));
      if (files.length === 0) return { packets: 0 };
      const program = '$1 != "SRC_IP" { packets += $(NF - 1) } END { printf "%.0f", packets }';
      const paths = files.map((file) => join(folder, file));
      return { packets: Number(execFileSync('awk', ['-F', ',', program, ...paths], { encoding: 'utf8' })) };
    },
  };
}

function sum(said: string, pattern: RegExp): number {
  return [...said.matchAll(pattern)].reduce((total, [, digits]) => total + Number(digits), 0);
}

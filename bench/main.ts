/** `npm run bench -- NAME`: ratios against peers in one run, taken in turns. */
import { benchApi } from './api.ts';
import { benchNetflow } from './netflow.ts';
import { benchParquet } from './parquet.ts';
import { benchPcap } from './pcap.ts';
import { benchServe } from './serve.ts';

const BENCHES: Record<string, (args: readonly string[]) => Promise<void>> = {
  api: benchApi,
  netflow: benchNetflow,
  parquet: benchParquet,
  pcap: benchPcap,
  serve: benchServe,
};

const [name = '', ...args] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench === undefined) {
  process.stderr.write(`usage: npm run bench -- ${Object.keys(BENCHES).join('|')}\n`);
  process.exitCode = 2;
} else await bench(args);

// Stands in for tcpdump where a test needs it to fail or die on demand. The filter says what it does:
// `refuse TEXT` ends before listening, `count N` writes N packets, `then WHAT` says what follows.
import { readFileSync, writeFileSync } from 'node:fs';

const args = process.argv.slice(2);
const filter = args.includes('--') ? args[args.indexOf('--') + 1] : '';
const record = process.env.FAKE_TCPDUMP_LOG;
const starts = record === undefined ? 1 : Number(readLog().starts ?? 0) + 1;
if (record !== undefined) writeFileSync(record, JSON.stringify({ starts, args }));

function readLog() {
  try {
    return JSON.parse(readFileSync(record, 'utf8'));
  } catch {
    return {};
  }
}

const refused = /^refuse (.*)$/.exec(filter)?.[1];
if (refused !== undefined && !(args[0] === '-Z' && /privileges/.test(refused))) {
  process.stderr.write(`tcpdump: ${refused}\n`);
  process.exit(1);
}

function header() {
  const bytes = Buffer.alloc(24);
  bytes.writeUInt32LE(0xa1b2c3d4, 0);
  bytes.writeUInt16LE(2, 4);
  bytes.writeUInt16LE(4, 6);
  bytes.writeUInt32LE(262144, 16);
  bytes.writeUInt32LE(1, 20);
  return bytes;
}

function packet(id) {
  const bytes = Buffer.alloc(16 + 60);
  const now = Date.now();
  bytes.writeUInt32LE(Math.floor(now / 1000), 0);
  bytes.writeUInt32LE((now % 1000) * 1000, 4);
  bytes.writeUInt32LE(60, 8);
  bytes.writeUInt32LE(60, 12);
  bytes.writeUInt16BE(0x0800, 28);
  bytes[30] = 0x45;
  bytes.writeUInt16BE(46, 32);
  bytes[39] = 17;
  bytes.writeUInt16BE(id, 50);
  bytes.writeUInt16BE(26, 54);
  return bytes;
}

const count = Number(/count (\d+)/.exec(filter)?.[1] ?? 0);
const then = /then (\w+)/.exec(filter)?.[1];
let asked = 0;
process.on('SIGUSR1', () => {
  asked++;
  const drops = 7 * asked;
  process.stderr.write(
    `tcpdump: ${count} packets captured, ${count + drops} packets received by filter, ${drops} packets dropped by kernel` +
      (asked > 1 ? ', 1 packet dropped by interface\n' : '\n'),
  );
});
process.on('SIGINT', () => {
  if (then === 'deaf') return;
  // tcpdump's own buffer comes out at the end.
  process.stdout.write(packet(count + 1), () => {
    process.stderr.write(`${count + 1} packets captured\n${count + 101} packets received by filter\n`);
    process.stderr.write('100 packets dropped by kernel\n', () => process.exit(0));
  });
});

process.stderr.write('dropped privs to tcpdump\ntcpdump: listening on fake0, link-type EN10MB (Ethernet)\n');
const all = [header()];
for (let i = 1; i <= count; i++) all.push(packet(i));
process.stdout.write(Buffer.concat(all), () => {
  if (then === 'die' && starts === 1) setTimeout(() => process.kill(process.pid, 'SIGKILL'), 20);
  if (then === 'tear') process.stdout.write(packet(9).subarray(0, 30), () => process.exit(1));
});
setInterval(() => {}, 1000);

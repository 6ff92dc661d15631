/**
 * The programs of the demo's hosts, each a process of its own: `program.ts ROLE`. A server says `ready` on standard
 * output and runs until it is ended; a client does what it does and says what came of it, as a line of JSON.
 */
import { createSocket } from 'node:dgram';
import { createServer as createHttpServer, get } from 'node:http';
import { connect, createServer, isIPv6, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { DATABASE, DATABASE_PORT, PROBES, type Probe, SCANNER, WEB, WEB_PORT } from './plan.ts';

/** How long a client waits for an answer. */
const PATIENCE_MS = 3000;
/** Bytes of each page, by its path: what the database holds. */
const PAGES: Readonly<Record<string, number>> = { '/': 900, '/catalogue': 24_000, '/photo': 260_000 };
const VISITS: readonly (readonly [address: string, path: string])[] = [
  [WEB.ipv4, '/'],
  [WEB.ipv4, '/catalogue'],
  [WEB.ipv6, '/'],
  [WEB.ipv4, '/photo'],
  [WEB.ipv6, '/catalogue'],
];
const PAUSE_MS = 250;

function ready(): void {
  process.stdout.write('ready\n');
}

/** A line with a path in, as many bytes out. */
async function database(): Promise<void> {
  createServer((socket) => {
    socket.on('data', (path) => socket.write('.'.repeat(PAGES[path.toString().trim()] ?? 0) + '\n'));
    socket.on('error', () => {});
  }).listen(DATABASE_PORT, '::', ready);
}

/** A web server that has its pages from the database. */
async function web(): Promise<void> {
  createHttpServer((request, response) => {
    fetchPage(request.url ?? '/').then(
      (page) => response.end(page),
      () => response.writeHead(502).end(),
    );
  }).listen(WEB_PORT, '::', ready);
}

async function fetchPage(path: string): Promise<Buffer> {
  const socket = connect(DATABASE_PORT, DATABASE.ipv4);
  socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error('the database does not answer')));
  const pieces: Buffer[] = [];
  socket.write(`${path}\n`);
  for await (const piece of socket as AsyncIterable<Buffer>) {
    pieces.push(piece);
    if (piece.at(-1) === 0x0a) break;
  }
  return Buffer.concat(pieces);
}

/** What a visit brought. */
interface VisitReport {
  readonly pages: number;
  readonly bytes: number;
}

async function visitor(): Promise<VisitReport> {
  let bytes = 0;
  for (const [address, path] of VISITS) {
    bytes += await visit(address, path);
    await sleep(PAUSE_MS);
  }
  return { pages: VISITS.length, bytes };
}

function visit(address: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { host: address, port: WEB_PORT, path, agent: false, timeout: PATIENCE_MS };
    const request = get(options, (response) => {
      let bytes = 0;
      response.on('data', (piece: Buffer) => (bytes += piece.length));
      response.on('end', () =>
        response.statusCode === 200 ? resolve(bytes) : reject(new Error(`HTTP ${response.statusCode}`)),
      );
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error(`no page from ${address}`)));
    request.on('error', reject);
  });
}

/** What a scan found. */
interface ScanReport {
  readonly tried: number;
  readonly open: number;
}

async function scanner(): Promise<ScanReport> {
  let open = 0;
  for (const probe of PROBES) {
    if (await (probe.protocol === 'tcp' ? tryPort(probe) : sendDatagram(probe))) open++;
    await sleep(40);
  }
  return { tried: PROBES.length, open };
}

/** Whether a TCP port took the connection. */
function tryPort({ host, port }: Probe): Promise<boolean> {
  return new Promise((resolve) => {
    const socket: Socket = connect({ host, port, timeout: PATIENCE_MS });
    const over = (open: boolean) => (): void => {
      socket.destroy();
      resolve(open);
    };
    socket.on('connect', over(true));
    socket.on('timeout', over(false));
    socket.on('error', over(false));
  });
}

/** UDP tells nobody whether a port is open: false. */
function sendDatagram({ host, port }: Probe): Promise<false> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    socket.on('error', reject);
    socket.send('?', port, host, (error) => {
      socket.close();
      // An ICMP answer to an earlier datagram may come back as an error of this one.
      if (error !== null && (error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') reject(error);
      else resolve(false);
    });
  });
}

/** A server that tries to reach somebody outside, as one does that was broken into. */
async function caller(): Promise<ScanReport> {
  const open = await tryPort({ host: SCANNER.ipv4, port: 443, protocol: 'tcp' });
  return { tried: 1, open: open ? 1 : 0 };
}

const ROLES: Readonly<Record<string, () => Promise<unknown>>> = { database, web, visitor, scanner, caller };

const role = ROLES[process.argv[2] ?? ''];
if (role === undefined) throw new RangeError(`no program ${process.argv[2]}`);
const report = await role();
if (report !== undefined) process.stdout.write(`${JSON.stringify(report)}\n`);

import { Command } from 'commander';
import { launcher, recordExample, type RecordedExample } from '../service/demo/examples.ts';
import {
  endName,
  protocolName,
  readRecords,
  talks,
  type TextRecord,
  timeOfDay,
  verdicts,
} from '../service/demo/records.ts';
import { type Cell, Screen, type ScreenOptions } from '../service/demo/screen.ts';
import { balanced, outcomes, packetsIn } from './summary.ts';
import { count } from './text.ts';

/** The server of both examples, as their network files declare it. */
const SERVER = 'eni-0202000000000020a';
/** Records that are shown as they are. */
const SHOWN_LINES = 3;
const BAR_COLUMNS = 24;
/** What the second part asks for: few fields, and the address that packets carry. */
const SCAN_FORMAT = '${srcaddr} ${pkt-dstaddr} ${dstport} ${protocol} ${action}';

/** Outcomes of the identity in words (S1.2). */
const OUTCOME_WORDS: Readonly<Record<string, string>> = {
  recorded: 'recorded',
  not_ip: 'not IP (here: ARP)',
  malformed: 'malformed',
  excluded: 'left out on request',
  unattributed: 'of nobody we know',
  duplicate: 'seen twice',
  verdict_only: 'verdict only',
  refused: 'no room left',
};

/** `weir demo`: two captures that are shipped, through the same way as `weir record`, explained. */
export function demoCommand(): Command {
  return new Command('demo')
    .description('two shipped captures, recorded and explained: no root, no network, a few seconds')
    .action(async () => {
      const text = await demoText(screenOptions(process.stdout, process.env));
      // Whoever reads may leave early (| head): that is no failure.
      process.stdout.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EPIPE') throw error;
      });
      process.stdout.write(text);
    });
}

/** How to show things on this stream: colours only on a terminal (https://no-color.org), width where known. */
export function screenOptions(
  stream: { readonly isTTY?: boolean; readonly columns?: number },
  env: Readonly<Record<string, string | undefined>>,
): ScreenOptions {
  const terminal = stream.isTTY === true;
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return {
    columns: terminal ? stream.columns : undefined,
    color: terminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb',
    unicode: /utf-?8/i.test(locale),
  };
}

/** The whole demo as text. */
export async function demoText(options: ScreenOptions): Promise<string> {
  const screen = new Screen(options);
  screen.blank();
  screen.paragraph(
    `${screen.styled('Weir', 'bold')} writes VPC flow log records of traffic outside of AWS, from your own ` +
      'packets. This demo records two captures that ship with it. It needs no root and no network, and ' +
      'leaves nothing behind.',
  );
  const web = await recordExample('web');
  showRecords(screen, web);
  const scan = await recordExample('scan', SCAN_FORMAT);
  showVerdicts(screen, scan);
  showIdentity(screen, [web, scan]);
  showNext(screen);
  return screen.text;
}

function showRecords(screen: Screen, web: RecordedExample): void {
  const records = readRecords(web.header, web.lines);
  screen.heading('1. What a record is');
  screen.paragraph(
    'A router carried some web traffic: curl asked the server 10.20.2.20 for pages, from outside ' +
      '(203.0.113.10) and from inside (10.20.1.10). tcpdump wrote it to a file. To make records of it:',
  );
  screen.blank();
  screen.command(web.command);
  screen.blank();
  screen.paragraph(
    `That turns ${count(packetsIn(web.summary).packets)} packets into ${web.lines.length} records. The field ` +
      `names and the first ${SHOWN_LINES}, as they are:`,
  );
  screen.blank();
  screen.verbatim(web.header, 'dim');
  for (const line of web.lines.slice(0, SHOWN_LINES)) screen.verbatim(line);
  screen.blank();
  const atServer = records.filter((record) => record['interface-id'] === SERVER);
  screen.paragraph(
    'A record is one direction of one conversation, in one minute, at one network interface (eni-...). ' +
      `Those at the server's interface, with names for numbers (times in UTC):`,
  );
  screen.blank();
  recordTable(screen, atServer);
  screen.blank();
  screen.paragraph(
    `The other ${records.length - atServer.length} are the conversations with 10.20.1.10 again, seen at its own ` +
      'interface: network.yaml holds both ends. It does not list that one; its subnet says "discover: true", ' +
      'and an interface was made of the address when it was first seen.',
  );
  screen.blank();
  screen.paragraph('Who talked most with the server:');
  screen.blank();
  talkTable(screen, atServer);
}

function recordTable(screen: Screen, records: readonly TextRecord[]): void {
  screen.table(
    [
      { heading: 'time' },
      { heading: 'from' },
      { heading: 'to' },
      { heading: '' },
      { heading: 'packets', right: true },
      { heading: 'bytes', right: true },
      { heading: 'action' },
    ],
    records.map((record) => [
      timeOfDay(record['start']!),
      endName(record['srcaddr']!, record['srcport']!),
      endName(record['dstaddr']!, record['dstport']!),
      protocolName(record['protocol']!),
      count(Number(record['packets'])),
      count(Number(record['bytes'])),
      actionCell(record['action']!),
    ]),
  );
}

function talkTable(screen: Screen, records: readonly TextRecord[]): void {
  const found = talks(records);
  const most = found[0]?.bytes ?? 0;
  screen.table(
    [
      { heading: 'client' },
      { heading: 'service' },
      { heading: 'packets', right: true },
      { heading: 'bytes', right: true },
      { heading: '' },
    ],
    found.map((talk) => [
      talk.client,
      talk.service,
      count(talk.packets),
      count(talk.bytes),
      { text: screen.bar(talk.bytes / most, BAR_COLUMNS), style: 'cyan' },
    ]),
  );
}

function showVerdicts(screen: Screen, scan: RecordedExample): void {
  const records = readRecords(scan.header, scan.lines);
  screen.heading('2. Who was refused');
  screen.paragraph(
    'nmap scanned the same server from 203.0.113.10. Its firewall (nftables) logged each new connection ' +
      'with ACCEPT or REJECT, and tcpdump wrote that log to a file (tcpdump -i nflog:5). The verdict becomes ' +
      "the record's action. This time --format picks the fields:",
  );
  screen.blank();
  screen.command(scan.command);
  screen.blank();
  screen.verbatim(scan.header, 'dim');
  for (const line of scan.lines.slice(0, SHOWN_LINES)) screen.verbatim(line);
  screen.blank();
  const refused = records.filter((record) => record['action'] === 'REJECT');
  screen.paragraph(
    `${refused.length} of the ${records.length} records are refusals. Which ports were tried at which address, ` +
      'and what the firewall said:',
  );
  screen.blank();
  const entries = ['REJECT', 'ACCEPT'].flatMap((action) => verdicts(records, action));
  const width = Math.max(...entries.map(({ address }) => address.length));
  for (const { action, address, ports } of entries) {
    const cells = [
      { cell: actionCell(action), width: 'REJECT'.length },
      { cell: address, width },
    ];
    screen.entry(cells, ports);
  }
  screen.blank();
  screen.paragraph(
    'One machine and a dozen ports within seconds: a scan, and the ACCEPT lines are what it found. ' +
      `(10.20.2.21 is the server's second address: "dstaddr" would print its first, "pkt-dstaddr" prints ` +
      'what the packet carried.)',
  );
}

function showIdentity(screen: Screen, examples: readonly RecordedExample[]): void {
  screen.heading('3. Where every packet went');
  screen.paragraph(
    'At the end "weir record" says on standard error what became of all packets. Each is counted once, and ' +
      'what came in equals what is accounted for, or Weir says that it does not:',
  );
  screen.blank();
  const all = examples.map(({ summary }) => outcomes(summary));
  const rows = all[0]!.map((outcome, k): Cell[] => [
    OUTCOME_WORDS[outcome.name] ?? outcome.name,
    ...all.map((terms) => count(terms[k]!.packets)),
  ]);
  screen.table(
    [{ heading: '' }, ...examples.map(({ capture }) => ({ heading: baseName(capture), right: true }))],
    [
      ...rows.filter(
        (row) => row[0] === OUTCOME_WORDS['recorded'] || row.slice(1).some((cell) => cell !== '0'),
      ),
      ['anything else', ...examples.map(() => '0')],
      [
        { text: 'packets in the file', style: 'bold' },
        ...examples.map(({ summary }): Cell => ({ text: count(packetsIn(summary).packets), style: 'bold' })),
      ],
    ],
  );
  screen.blank();
  const good = examples.every(({ summary }) => balanced(summary));
  screen.paragraph(good ? 'It adds up, in packets and in bytes.' : 'IT DOES NOT ADD UP: please report this.');
}

function showNext(screen: Screen): void {
  const weir = launcher();
  screen.heading('4. Your own traffic');
  screen.commands([
    ['sudo tcpdump -c 1000 -w my.pcap', 'a thousand packets; any pcap will do'],
    [`${weir} record my.pcap`, 'private addresses are yours (or --cidr ...)'],
    [`sudo ${weir} record -i eth0`, 'live; Ctrl-C writes what is open'],
    [`${weir} record --help`, 'formats, intervals, verdicts, gzip'],
  ]);
  screen.blank();
}

function actionCell(action: string): Cell {
  return { text: action, style: action === 'REJECT' ? 'red' : 'green' };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The demo's screens: what happened, for people who see flow logs for the first time. */
import type { ReplaySummary } from '../serve/control.ts';
import type { DeliveredObject, Form, LogEvent } from './calls.ts';
import {
  endName,
  protocolName,
  readRecords,
  refusals,
  talks,
  type TextRecord,
  timeOfDay,
} from './records.ts';
import type { Scene } from './scene.ts';
import type { Cell, Screen } from './screen.ts';

/** Rows of tables, and records that are shown as they are. */
const TABLE_ROWS = 9;
const TALK_ROWS = 6;
const SHOWN_LINES = 2;
const BAR_COLUMNS = 22;

/** An API call for the table of calls. */
export interface CallRow {
  readonly service: string;
  readonly action: string;
  readonly what: string;
  readonly answer: string;
}

export function showIntroduction(screen: Screen): void {
  screen.blank();
  screen.paragraph(
    `${screen.styled('Weir', 'bold')} is the VPC flow logs service of AWS for networks that are not in AWS. ` +
      'This demo takes packets all the way to a bucket and a log group, by the calls that AWS clients make.',
  );
}

/** `instead`: why there is no network of the demo's own. */
export function showScene(screen: Screen, scene: Scene, instead: string | undefined): void {
  screen.heading(`1. ${scene.title}`);
  for (const line of scene.picture) screen.verbatim(`  ${line}`);
  if (scene.picture.length > 0) screen.blank();
  screen.paragraph(scene.story);
  if (instead === undefined) return;
  screen.blank();
  screen.paragraph(`(Not of this machine: for programs of its own the demo lacks ${instead}.)`);
}

/** The calls, and one of them as it is sent. */
export function showCalls(screen: Screen, calls: readonly CallRow[], shown: Form, url: string): void {
  screen.heading('2. Two flow logs');
  screen.paragraph(
    'A flow log says what to record, in which format, and where to. The demo signed these calls as any AWS ' +
      `client does, and sent them to the service that it started at ${url}:`,
  );
  screen.blank();
  screen.table(
    [{ heading: 'api' }, { heading: 'action' }, { heading: '' }, { heading: 'answer' }],
    calls.map(({ service, action, what, answer }) => [service, action, what, answer]),
  );
  screen.blank();
  screen.paragraph('The last one, with all its parameters:');
  screen.blank();
  const width = Math.max(...Object.keys(shown).map((name) => name.length));
  for (const [name, value] of Object.entries(shown)) {
    screen.hanging(`  ${name.padEnd(width)}  ${value}`, width + 4);
  }
}

/** The bucket: keys, the first records as they are, as a table, and who talked. */
export function showBucket(
  screen: Screen,
  scene: Scene,
  bucket: string,
  objects: readonly DeliveredObject[],
): void {
  const header = objects[0]?.header ?? '';
  const lines = objects.flatMap((object) => object.lines);
  const records = readRecords(header, lines);
  screen.heading('3. In the bucket: all traffic, default format');
  for (const [folder, its] of Map.groupBy(objects, ({ key }) => key.slice(0, key.lastIndexOf('/') + 1))) {
    screen.verbatim(`  s3://${bucket}/${folder}`);
    for (const { key, size, lines: inside } of its) {
      screen.verbatim(`    ${key.slice(folder.length)}`);
      screen.verbatim(`    ${plural(inside.length, 'record')}, ${number(size)} bytes of gzip`, 'dim');
    }
  }
  screen.blank();
  screen.verbatim(header, 'dim');
  const whole = lines.filter((_, k) => hasData(records[k]!));
  for (const line of whole.slice(0, SHOWN_LINES)) screen.verbatim(line);
  screen.blank();
  const at = scene.names.get(scene.interfaceId) ?? scene.interfaceId;
  const here = records.filter((it) => it['interface-id'] === scene.interfaceId && hasData(it));
  screen.paragraph(
    'A record is one direction of one conversation, for up to a minute, at one network interface (eni-...). ' +
      `Some of the ${here.length} at ${at}, with names for numbers (times in UTC):`,
  );
  screen.blank();
  recordTable(screen, scene, sample(here, TABLE_ROWS));
  screen.blank();
  screen.paragraph('Who talked most, both directions added up:');
  screen.blank();
  talkTable(screen, scene, records);
}

function recordTable(screen: Screen, scene: Scene, records: readonly TextRecord[]): void {
  screen.table(
    [
      { heading: 'time' },
      { heading: 'from' },
      { heading: 'to' },
      { heading: 'ip', right: true },
      { heading: '' },
      { heading: 'packets', right: true },
      { heading: 'bytes', right: true },
      { heading: 'action' },
    ],
    records.map((record) => [
      timeOfDay(record['start']!),
      endName(record, 'src', nameIn(scene)),
      endName(record, 'dst', nameIn(scene)),
      record['srcaddr']!.includes(':') ? '6' : '4',
      protocolName(record['protocol']!),
      number(Number(record['packets'])),
      number(Number(record['bytes'])),
      actionCell(record['action']!),
    ]),
  );
}

/** Records that show what there is, a third of them refused: evenly from all, in the order of time. */
function sample(records: readonly TextRecord[], most: number): TextRecord[] {
  const refused = records.filter((record) => record['action'] === 'REJECT');
  const others = records.filter((record) => record['action'] !== 'REJECT');
  const some = evenly(refused, Math.floor(most / 3));
  return inTime([...some, ...evenly(others, most - some.length)]);
}

function evenly(records: readonly TextRecord[], most: number): TextRecord[] {
  const inOrder = inTime(records);
  if (inOrder.length <= most) return inOrder;
  return Array.from({ length: most }, (_, k) => inOrder[Math.floor((k * inOrder.length) / most)]!);
}

function inTime(records: readonly TextRecord[]): TextRecord[] {
  return records.toSorted((a, b) => Number(a['start']) - Number(b['start']));
}

function talkTable(screen: Screen, scene: Scene, records: readonly TextRecord[]): void {
  const found = talks(records, nameIn(scene)).slice(0, TALK_ROWS);
  const most = found[0]?.bytes ?? 0;
  screen.table(
    [
      { heading: 'who' },
      { heading: 'with whom' },
      { heading: 'packets', right: true },
      { heading: 'bytes', right: true },
      { heading: '' },
    ],
    found.map((talk) => [
      talk.client,
      `${talk.server} ${talk.service}`,
      number(talk.packets),
      number(talk.bytes),
      { text: screen.bar(talk.bytes / most, BAR_COLUMNS), style: 'cyan' },
    ]),
  );
}

/** The log group: streams, the first events as they are, and who was refused. */
export function showLogGroup(
  screen: Screen,
  scene: Scene,
  group: string,
  fields: string,
  events: readonly LogEvent[],
): void {
  const written = events.filter(({ message }) => hasData(readRecords(fields, [message])[0]!));
  const records = readRecords(
    fields,
    written.map(({ message }) => message),
  );
  screen.heading('4. In the log group: what was refused, in a format of our own');
  for (const [stream, its] of Map.groupBy(written, ({ logStreamName }) => logStreamName)) {
    screen.verbatim(`  ${group}  ${stream}  ${plural(its.length, 'record')}`);
  }
  screen.blank();
  screen.verbatim(`  ${fields}`, 'dim');
  for (const { message } of written.slice(0, SHOWN_LINES)) screen.verbatim(`  ${message}`);
  screen.blank();
  screen.paragraph('Who was refused what, as the firewall had logged it:');
  screen.blank();
  const found = refusals(records, nameIn(scene));
  const width = Math.max(...found.map(({ from, to }) => `${from} > ${to}`.length));
  for (const { from, to, ports } of found) {
    screen.entry([{ cell: { text: `${from} > ${to}`, style: 'red' }, width }], ports);
  }
}

/** What was replayed, and what could not be decoded to be recorded, by reason (S1.2). */
export function showAccount(
  screen: Screen,
  summaries: readonly Pick<ReplaySummary, 'packets' | 'rejected' | 'faults'>[],
): void {
  const packets = summaries.reduce((sum, summary) => sum + summary.packets, 0);
  const out = new Map<string, number>();
  for (const [reason, its] of summaries.flatMap(({ rejected }) => Object.entries(rejected))) {
    if (its > 0) out.set(reason, (out.get(reason) ?? 0) + its);
  }
  const others = Array.from(out, ([reason, its]) => `${number(its)} ${reason.replaceAll('_', ' ')}`);
  const rest = others.length === 0 ? '' : `; left out: ${others.join(', ')}`;
  screen.blank();
  screen.paragraph(`(${plural(packets, 'packet')} came in${rest}.)`);
  for (const { file, message } of summaries.flatMap(({ faults }) => faults)) {
    screen.paragraph(`${file} is not whole: ${message}`);
  }
}

/** Not NODATA or SKIPDATA, which stand for intervals. */
function hasData(record: TextRecord): boolean {
  return record['action'] !== '-';
}

/** A name for an address, itself where there is none. */
function nameIn(scene: Scene): (address: string) => string {
  return (address) => scene.names.get(address) ?? address;
}

function actionCell(action: string): Cell {
  return { text: action, style: action === 'REJECT' ? 'red' : 'green' };
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function plural(value: number, noun: string): string {
  return `${number(value)} ${noun}${value === 1 ? '' : 's'}`;
}

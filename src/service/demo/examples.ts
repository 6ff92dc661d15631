import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Snapshot } from '../../network/snapshot.ts';
import { readNetworkFile } from '../../network/yaml.ts';
import { ownerFromOptions } from '../../network/defaults.ts';
import { defaultLogFormat, type LogFormat, parseLogFormat } from '../../records/formats.ts';
import { openFile } from '../../sources/file.ts';
import type { Output } from '../record/output.ts';
import { RecordSession, type RecordSummary } from '../record/session.ts';
import type { Piece } from '../record/window-writer.ts';

/** Flows that an example has room for: they are small. */
const MAX_FLOWS = 1024;

/** The folder above src/ or dist/: a checkout, or the installed package. Both have examples/ in it. */
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Sources run as they are in a checkout, which has the launcher beside them; a package has neither. */
const IN_CHECKOUT = import.meta.url.endsWith('.ts');

/** A capture that was recorded in memory, with the command line that does the same. */
export interface RecordedExample {
  /** Path of the capture as the command line names it. */
  readonly capture: string;
  readonly command: string;
  /** The line of field names. */
  readonly header: string;
  /** The records, in the order of the command's output. */
  readonly lines: readonly string[];
  readonly summary: RecordSummary;
}

/**
 * Records an example of examples/ at 60 s, with its network.yaml, by the same way as `weir record`. `format`
 * is the text of a log format; without it the default one. Throws UserError when a file is missing.
 */
export async function recordExample(name: string, format?: string): Promise<RecordedExample> {
  const capture = join(ROOT, 'examples', name, `${name}.pcap`);
  const network = join(ROOT, 'examples', name, 'network.yaml');
  const output = new MemoryOutput();
  const session = new RecordSession({
    sources: [await openFile(capture, {})],
    snapshot: Snapshot.build(readNetworkFile(network, ownerFromOptions({})), { version: 1, scopes: 'all' }),
    format: formatFrom(format),
    interval: 60,
    traffic: 'ALL',
    output,
    gzip: false,
    header: true,
    workers: 0,
    maxFlows: MAX_FLOWS,
  });
  const summary = await session.run();
  const [header = '', ...lines] = output.text().split('\n').slice(0, -1);
  const words = [launcher(), 'record', shown(capture), '--network', shown(network), '--interval', '60'];
  if (format !== undefined) words.push('--format', `'${format}'`);
  return { capture: shown(capture), command: words.join(' '), header, lines, summary };
}

/** How this program is called from here: `./weir` in a checkout, `weir` when it is installed. */
export function launcher(): string {
  if (!IN_CHECKOUT) return 'weir';
  const path = shown(join(ROOT, 'weir'));
  return path.includes(sep) || path.startsWith("'") ? path : `.${sep}${path}`;
}

/** A path as one word of a shell's command line: from the working directory where that is shorter. */
function shown(path: string): string {
  const near = relative(process.cwd(), path);
  const text = near.length < path.length ? near : path;
  return /^[\w./@+:-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function formatFrom(text: string | undefined): LogFormat {
  if (text === undefined) return defaultLogFormat('vpc');
  const result = parseLogFormat(text, { kind: 'vpc' });
  if (!result.ok) throw new Error(result.message);
  return result.format;
}

/** Keeps what is written, for examples that fit into memory. */
class MemoryOutput implements Output {
  readonly #pieces: Uint8Array[] = [];

  async write(piece: Piece): Promise<void> {
    this.#pieces.push(piece.bytes);
  }

  async end(): Promise<void> {}

  text(): string {
    return Buffer.concat(this.#pieces).toString('utf8');
  }
}

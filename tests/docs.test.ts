/** README.md, CHANGELOG.md and docs/: commands run, links lead somewhere, tables are those of the code. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = new URL('../', import.meta.url).pathname;
const PAGES = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
];

/** A fenced block: what stands behind the fence, and what is in it. */
interface Block {
  readonly kind: string;
  readonly text: string;
  readonly line: number;
}

function read(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

function blocksOf(page: string): Block[] {
  const text = read(page);
  return [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    kind: match[1]!,
    text: match[2]!,
    line: text.slice(0, match.index).split('\n').length,
  }));
}

/** The page without its fenced blocks. */
function proseOf(page: string): string {
  return read(page).replaceAll(/^```.*\n[\s\S]*?^```$/gm, '');
}

/** A block marked to be run, with the blocks behind it that show what it writes. */
interface Run {
  readonly block: Block;
  readonly output: Block | undefined;
  readonly errors: Block | undefined;
}

function runsOf(page: string): Run[] {
  const blocks = blocksOf(page);
  return blocks.flatMap((block, k) => {
    if (block.kind !== 'sh run') return [];
    const next = blocks.slice(k + 1);
    const end = next.findIndex(({ kind }) => !/^text (?:output|errors)$/.test(kind));
    const shown = end < 0 ? next : next.slice(0, end);
    const of = (kind: string): Block | undefined => shown.find((it) => it.kind === kind);
    return [{ block, output: of('text output'), errors: of('text errors') }];
  });
}

/** A shown or written text without what differs from run to run: times that something took. */
function settled(text: string): string {
  return text.replaceAll(/\d+\.\d\d s\b/g, '0.00 s');
}

/** What is shown, with the lines that `...` leaves out filled in from what was written. */
function completed(shown: string, written: string): string {
  const [before = '', after] = shown.split(/^\.\.\.\n/m);
  if (after === undefined) return shown;
  return (
    before + written.slice(before.length, Math.max(before.length, written.length - after.length)) + after
  );
}

describe.each(PAGES.filter((page) => runsOf(page).length > 0))('commands of %s', (page) => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'weir-docs-'));
    for (const name of ['weir', 'examples']) symlinkSync(join(ROOT, name), join(folder, name));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(runsOf(page).map((run) => [run.block.line, run] as const))('line %i', (_line, run) => {
    const { status, stdout, stderr } = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', run.block.text], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    const shown = { output: run.output?.text ?? '...\n', errors: run.errors?.text ?? '...\n' };
    expect(settled(stdout)).toBe(settled(completed(shown.output, stdout)));
    expect(settled(stderr)).toBe(settled(completed(shown.errors, stderr)));
  });
});

/** Words of a simple shell command; quotes are taken off. */
function words(command: string): string[] {
  const found = command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g);
  return [...found].map(([word]) => word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'));
}

/** The simple commands of a block: without comments, redirections and what runs them. */
function commandsOf(block: Block): string[][] {
  return block.text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.replace(/(?:^|\s)#.*$/, ''))
    .flatMap((line) => line.split(/\s(?:\||&&|\|\|)\s|;\s/))
    .map((line) =>
      words(
        line
          .replace(/\s\d?>\s?\S+/g, '')
          .trim()
          .replace(/^sudo /, ''),
      ),
    )
    .filter((command) => command.length > 0);
}

/** The command with its actions taken out, so that only its words are judged. */
function inert(command: Command): Command {
  command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
  command.action(() => {});
  for (const sub of command.commands) inert(sub);
  return command;
}

async function judge(line: readonly string[]): Promise<void> {
  const [name = '', ...args] = line;
  if (name === '--help' || name === '--version') return;
  const module = (await import(`../src/cli/${name}.ts`)) as Record<string, () => Command>;
  await inert(module[`${name}Command`]!()).parseAsync(args, { from: 'user' });
}

describe('commands that are shown only', () => {
  const shown = PAGES.flatMap((page) =>
    blocksOf(page)
      .filter(({ kind }) => kind === 'sh')
      .flatMap((block) =>
        commandsOf(block).map((command) => [`${page}: ${command.join(' ')}`, command] as const),
      ),
  );
  const ofWeir = shown.filter(([, command]) => command[0] === './weir');
  const ofNpm = shown.filter(([, command]) => command[0] === 'npm');

  test('there are some', () => {
    expect(ofWeir.length).toBeGreaterThan(10);
    expect(ofNpm.length).toBeGreaterThan(5);
  });

  test.each(ofWeir)('%s', async (_name, command) => {
    await expect(judge(command.slice(1))).resolves.toBeUndefined();
  });

  test.each(ofNpm)('%s', (_name, [, verb = '', script = '']) => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    expect(Object.keys(scripts)).toContain(verb === 'run' ? script : verb);
  });

  test('the judge sees a wrong option, a missing value and a command that is not there', async () => {
    await expect(judge(['record', '-i', 'eth0', '--intervall', '60'])).rejects.toThrow(/intervall/);
    await expect(judge(['record', '-i', 'eth0', '--interval', '61'])).rejects.toThrow(/61/);
    await expect(judge(['record', 'a.pcap', '--format'])).rejects.toThrow(/argument missing/);
    await expect(judge(['no-such-command'])).rejects.toThrow(/no-such-command/);
  });
});

/** The anchor that a code host makes of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
}

function anchors(page: string): string[] {
  return [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map((match) => anchorOf(match[1]!));
}

describe('links', () => {
  test.each(PAGES)('of %s', (page) => {
    const targets = [...proseOf(page).matchAll(/\]\(([^)]+)\)/g)].map((match) => match[1]!);
    const dead = targets.filter((target) => {
      if (/^https?:/.test(target)) return false;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(ROOT, file))) return true;
      return anchor !== undefined && file.endsWith('.md') && !anchors(file).includes(anchor);
    });
    expect(dead).toEqual([]);
  });

  test('every page is linked from README.md, those of exporters from the page about them', () => {
    const linked =
      read('README.md') + read('docs/exporters.md').replaceAll('(exporters/', '(docs/exporters/');
    const missing = PAGES.filter((page) => page !== 'README.md' && !linked.includes(`(${page}`));
    expect(missing).toEqual([]);
  });

  test('the picture is well formed, and needs nothing from elsewhere', () => {
    const svg = read('docs/weir.svg');
    const open: string[] = [];
    const closed: (string | undefined)[] = [];
    const closings: string[] = [];
    for (const [, close, name = '', self] of svg.matchAll(/<(\/?)([\w:]+)[^>]*?(\/?)>/g)) {
      if (close === '/') {
        closings.push(name);
        closed.push(open.pop());
      } else if (self === '') open.push(name);
    }
    expect(closed).toEqual(closings);
    expect(open).toEqual([]);
    expect(svg.match(/https?:\/\/[^"]+/g)).toEqual(['http://www.w3.org/2000/svg']);
  });
});

describe('what the pages say is what the code has', () => {
  test('the rooms of docs/design.md are those of the layer test', () => {
    const source = read('tests/layers.test.ts');
    const table = /ALLOWED[^{]*\{([\s\S]*?)\n\};/.exec(source)![1]!;
    const held = [...table.matchAll(/^ {2}'?([\w-]+)'?: \[([\s\S]*?)\],$/gm)].map(([, room, list]) => [
      room!,
      [...list!.matchAll(/'([^']+)'/g)].map((match) => match[1]!),
    ]);
    expect(held.length).toBeGreaterThan(15);
    const rooms = /^## Rooms\n([\s\S]*?)^## /m.exec(read('docs/design.md'))![1]!;
    const said = [...rooms.matchAll(/^\| ([\w-]+) \| (.+) \| ([^|]+) \|$/gm)]
      .filter(([, room]) => room !== 'room')
      .map(([, room, , list]) => [
        room!,
        list === '-' ? [] : list!.startsWith('everything') ? ['*'] : list!.split(', '),
      ]);
    expect(said).toEqual(held);
  });

  test('rooms that are not there yet are marked, and no others', () => {
    const rooms = /^## Rooms\n([\s\S]*?)^## /m.exec(read('docs/design.md'))![1]!;
    const later = [...rooms.matchAll(/^\| ([\w-]+) \| \(later\)/gm)].map((match) => match[1]!);
    expect(later.filter((room) => existsSync(join(ROOT, 'src', room)))).toEqual([]);
    const marked = new Set(later);
    const all = [...rooms.matchAll(/^\| ([\w-]+) \|/gm)]
      .map((match) => match[1]!)
      .filter((room) => room !== 'room');
    expect(all.filter((room) => !marked.has(room) && !existsSync(join(ROOT, 'src', room)))).toEqual([]);
  });

  test('every rule that code and tests cite is in docs/semantics.md', () => {
    const rules = new Set<string>();
    for (const [, section, text] of read('docs/semantics.md').matchAll(
      /^## (\d+)\. .*\n([\s\S]*?)(?=^## |(?![\s\S]))/gm,
    )) {
      for (const [, rule] of text!.matchAll(/^(\d+)\. /gm)) rules.add(`${section}.${rule}`);
    }
    expect([...rules].filter((rule) => rule.startsWith('2.'))).toHaveLength(8);
    expect(rules.size).toBe(44);
    const cited = ['src', 'tests', 'docs'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.(?:ts|md)$/.test(name))
        .flatMap((name) =>
          [...read(join(folder, name)).matchAll(/\bS([1-8]\.\d{1,2})\b/g)].map((match) => match[1]!),
        ),
    );
    expect(cited.length).toBeGreaterThan(100);
    expect([...new Set(cited)].filter((rule) => !rules.has(rule)).sort()).toEqual([]);
  });

  test('options that docs/record.md and docs/generate.md name exist', async () => {
    for (const name of ['record', 'generate']) {
      const module = (await import(`../src/cli/${name}.ts`)) as Record<string, () => Command>;
      const help = module[`${name}Command`]!().helpInformation();
      const named = proseOf(`docs/${name}.md`).match(/(?<=`)--[a-z-]+/g) ?? [];
      expect(named.filter((option) => !help.includes(option))).toEqual([]);
    }
  });
});

describe('what no page may have in it', () => {
  /** Folders of any Linux machine; whatever else begins with a slash is the writer's own machine. */
  const SYSTEM = /^\/(?:dev|etc|proc|sys|tmp|usr|var)\//;
  const HOSTS = new Set(['docs.aws.amazon.com', 'no-color.org', 'www.tcpdump.org', '127.0.0.1', 'localhost']);

  test.each(PAGES)('%s', (page) => {
    const text = read(page);
    const paths = text.match(/(?<=[\s`'"(=])\/[a-z][\w.-]*\/[\w./-]*/g) ?? [];
    expect(paths.filter((path) => !SYSTEM.test(path))).toEqual([]);
    const hosts = [...text.matchAll(/https?:\/\/([\w.-]+)/g)].map((match) => match[1]!);
    expect(hosts.filter((host) => !HOSTS.has(host))).toEqual([]);
    expect(text).not.toMatch(/\b(?:TODO|FIXME|TBD)\b/);
    expect(text).not.toMatch(/\bissues? #?\d/i);
    // Tables and words of one page: a line that nobody can read on a screen side by side with another.
    const long = proseOf(page)
      .split('\n')
      .filter(
        (line) => line.length > 130 && !line.startsWith('|') && !line.includes('](') && !line.startsWith('<'),
      );
    expect(long).toEqual([]);
  });
});

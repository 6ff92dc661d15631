import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { demoText, screenOptions } from '../../src/cli/demo.ts';
import { recordExample } from '../../src/service/demo/examples.ts';
import { readRecords, talks, verdicts } from '../../src/service/demo/records.ts';
import { Screen, wrapped } from '../../src/service/demo/screen.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const ESCAPE = '\u001b';
const PIPE = { columns: undefined, color: false, unicode: false };

let text: string;
beforeAll(async () => {
  text = await demoText(PIPE);
});

/** The command lines that a text shows for `./weir record` over shipped files. */
function shownCommands(shown: string): string[] {
  return shown
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /weir' record \S*examples|weir record \S*examples/.test(line));
}

/** The words of a text, however it is wrapped and ruled. */
function words(shown: string): string {
  return shown.replaceAll(/[█#─-]+/g, '').replaceAll(/\s+/g, ' ');
}

describe('what it shows', () => {
  test('the commands work as they are printed, and give the lines that are shown', () => {
    const commands = shownCommands(text);
    expect(commands).toHaveLength(2);
    for (const command of commands) {
      const run = spawnSync('sh', ['-c', command], { cwd: ROOT, encoding: 'utf8' });
      expect({ command, status: run.status, stderr: run.status === 0 ? '' : run.stderr }).toEqual({
        command,
        status: 0,
        stderr: '',
      });
      const first = run.stdout.split('\n').slice(0, 4).join('\n');
      expect(text).toContain(`\n${first}\n`);
    }
  });

  test('a flow with names, the largest talker and the refusals, as the examples have them', () => {
    expect(text).toMatch(/10\.20\.2\.20:http +203\.0\.113\.10:45242 +tcp +46 +62,603 +ACCEPT/);
    // 446 + 1,958 + 446 asked and 510 + 62,603 + 458 answered, at the server's interface only.
    expect(text).toMatch(/203\.0\.113\.10 +10\.20\.2\.20:http +107 +66,421 +#+\n/);
    const expected = readFileSync(join(ROOT, 'examples/scan/expected.txt'), 'utf8').trim().split('\n');
    const refused = expected.filter((line) => line.includes(' REJECT ')).length;
    expect(text).toContain(`${refused} of the ${expected.length} records are refusals`);
    expect(text).toMatch(/REJECT {2}203\.0\.113\.1 +22 ssh\n/);
    expect(text).toMatch(/ACCEPT {2}10\.20\.2\.20 +icmp, 22 ssh, 80 http\n/);
  });

  test('where every packet went, as the captures hold them', () => {
    expect(text).toMatch(/recorded +121 +36\n/);
    expect(text).toMatch(/packets in the file +125 +36\n/);
    expect(text).toContain('It adds up, in packets and in bytes.');
  });

  test('is short, plain text that fits into 80 columns but for what is verbatim', () => {
    const lines = text.split('\n');
    expect(lines.length).toBeLessThan(110);
    expect(text).not.toContain(ESCAPE);
    expect(text).toMatch(/^[\n -~]+$/);
    const long = lines.filter((line) => line.length > 80);
    expect(long.filter((line) => !/^(?: {2}\.\/weir | {2}'?\S*weir |version |2 )/.test(line))).toEqual([]);
  });
});

describe('where it shows it', () => {
  test('a terminal of 80 columns has colours and no line beyond but commands', async () => {
    const shown = await demoText({ columns: 80, color: true, unicode: true });
    expect(shown).toContain(`${ESCAPE}[31mREJECT${ESCAPE}[0m`);
    expect(shown).toContain('█');
    const plain = shown.replaceAll(new RegExp(`${ESCAPE}\\[\\d+m`, 'g'), '');
    const long = plain.split('\n').filter((line) => line.length > 80 && !line.includes('weir record '));
    expect(long).toEqual([]);
    // Wrapped differently, the same words.
    expect(words(plain)).toBe(words(text));
  });

  test('colours are for terminals that want them', () => {
    const terminal = { isTTY: true, columns: 100 };
    expect(screenOptions(terminal, { LANG: 'C.UTF-8' })).toEqual({
      columns: 100,
      color: true,
      unicode: true,
    });
    expect(screenOptions(terminal, { NO_COLOR: '1' }).color).toBe(false);
    expect(screenOptions(terminal, { NO_COLOR: '' }).color).toBe(true);
    expect(screenOptions(terminal, { TERM: 'dumb' }).color).toBe(false);
    expect(screenOptions({ columns: 100 }, {})).toEqual({ columns: undefined, color: false, unicode: false });
    expect(screenOptions(terminal, { LC_ALL: 'C', LANG: 'de_DE.UTF-8' }).unicode).toBe(false);
  });

  test('from another folder, with its paths, and when the reader leaves early', () => {
    const weir = join(ROOT, 'weir');
    const run = spawnSync('sh', ['-c', `'${weir}' demo`], { cwd: tmpdir(), encoding: 'utf8' });
    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: '' });
    const [command = ''] = shownCommands(run.stdout);
    expect(execFileSync('sh', ['-c', command], { cwd: tmpdir(), encoding: 'utf8', stdio: 'pipe' })).toMatch(
      /^version /,
    );
    const early = spawnSync('sh', ['-c', `{ '${weir}' demo; echo $? >&2; } | head -1`], { encoding: 'utf8' });
    expect(early.stderr).toBe('0\n');
  });

  test('from an installed package: built files, the examples beside them, no launcher', () => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-package-'));
    try {
      const tsc = join(ROOT, 'node_modules/.bin/tsc');
      spawnSync(tsc, ['-p', join(ROOT, 'tsconfig.build.json'), '--outDir', join(folder, 'dist')], {
        cwd: ROOT,
      });
      for (const name of ['package.json', 'examples', 'node_modules']) {
        symlinkSync(join(ROOT, name), join(folder, name));
      }
      const main = join(folder, 'dist/cli/main.js');
      const run = spawnSync(process.execPath, [main, 'demo'], { cwd: folder, encoding: 'utf8' });
      expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: '' });
      const [command = ''] = shownCommands(run.stdout);
      expect(command).toBe(
        'weir record examples/web/web.pcap --network examples/web/network.yaml --interval 60',
      );
      const [, ...args] = command.split(' ');
      const record = spawnSync(process.execPath, [main, ...args], { cwd: folder, encoding: 'utf8' });
      expect(record.stdout.split('\n')).toHaveLength(16);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('leaves nothing behind in the working directory', () => {
    const files = (): string[] => readdirSync(ROOT).filter((name) => !name.startsWith('.'));
    const before = files();
    const modified = statSync(join(ROOT, 'examples')).mtimeMs;
    expect(spawnSync(join(ROOT, 'weir'), ['demo'], { cwd: ROOT }).status).toBe(0);
    expect(statSync(join(ROOT, 'examples')).mtimeMs).toBe(modified);
    expect(files()).toEqual(before);
  });
});

describe('its parts', () => {
  test('an example in memory has the lines of the command', async () => {
    const example = await recordExample('web');
    const expected = readFileSync(join(ROOT, 'examples/web/expected.txt'), 'utf8').trim().split('\n');
    expect(example.lines.toSorted()).toEqual(expected);
    expect(example.summary.lines).toBe(expected.length);
    await expect(recordExample('nothing-of-the-kind')).rejects.toThrow(/nothing-of-the-kind/);
    await expect(recordExample('web', '${no-such-field}')).rejects.toThrow(/no-such-field/);
  });

  test('talks add both directions up, by client and service', () => {
    const header = 'srcaddr dstaddr srcport dstport packets bytes';
    const lines = ['a s 5000 80 1 10', 's a 80 5000 2 200', 'a s 5001 80 1 10', 's b 22 6000 3 100'];
    expect(talks(readRecords(header, lines))).toEqual([
      { client: 'a', service: 's:http', packets: 4, bytes: 220 },
      { client: 'b', service: 's:ssh', packets: 3, bytes: 100 },
    ]);
  });

  test('verdicts name each port once, TCP before UDP, and keep addresses apart', () => {
    const header = 'pkt-dstaddr dstport protocol action';
    const lines = [
      'z 22 6 ACCEPT',
      'a 53 17 REJECT',
      'a 53 6 REJECT',
      'a 53 6 REJECT',
      'a 7 6 REJECT',
      'b 0 58 REJECT',
    ];
    expect(verdicts(readRecords(header, lines), 'REJECT')).toEqual([
      { action: 'REJECT', address: 'a', ports: ['7', '53 dns', 'udp 53 dns'] },
      { action: 'REJECT', address: 'b', ports: ['icmpv6'] },
    ]);
  });

  test('text is wrapped at spaces, and a long word is left whole', () => {
    expect(wrapped('one two three', 7, 0)).toEqual(['one two', 'three']);
    expect(wrapped('  one two three', 7, 2)).toEqual(['  one', '  two', '  three']);
    expect(wrapped('a muchlongerword b', 6, 0)).toEqual(['a', 'muchlongerword', 'b']);
  });

  test('tables align by what is seen, not by escape sequences', () => {
    const screen = new Screen({ columns: 80, color: true, unicode: false });
    screen.table(
      [{ heading: 'a' }, { heading: 'n', right: true }],
      [
        [{ text: 'red', style: 'red' }, '1'],
        ['x', '22'],
      ],
    );
    const plain = screen.text.replaceAll(new RegExp(`${ESCAPE}\\[\\d+m`, 'g'), '');
    expect(plain).toBe('  a     n\n  red   1\n  x    22\n');
  });
});

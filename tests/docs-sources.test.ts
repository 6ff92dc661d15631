/** docs/exporters*, docs/firewalls.md: the configuration that they show is taken by those who read it. */
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../src/service/serve/config.ts';

const DOCS = new URL('../docs/', import.meta.url);
const PAGES = [
  'exporters.md',
  'firewalls.md',
  ...readdirSync(new URL('exporters/', DOCS)).map((name) => `exporters/${name}`),
];

/** Fenced blocks of a kind, with the page and the line that they begin at. */
function blocksOf(kind: string): [place: string, text: string][] {
  return PAGES.flatMap((page) => {
    const text = readFileSync(new URL(page, DOCS), 'utf8');
    return [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)]
      .filter((match) => match[1] === kind)
      .map((match): [string, string] => [
        `docs/${page}:${text.slice(0, match.index).split('\n').length}`,
        match[2]!,
      ]);
  });
}

describe('weir.yaml', () => {
  const blocks = blocksOf('yaml');
  test('each page about exporters has sources', () => {
    const pages = new Set(blocks.map(([place]) => place.split(':')[0]));
    expect(PAGES.filter((page) => !pages.has(`docs/${page}`))).toEqual([]);
  });
  test.each(blocks)('%s', (_place, text) => {
    const { sources } = parseConfig(text, 'weir.yaml');
    expect(sources.length).toBeGreaterThan(0);
  });
});

/** A network namespace of its own, as root in it: nothing that is loaded there reaches this machine. */
const UNSHARE = process.getuid?.() === 0 ? ['--net'] : ['--user', '--map-root-user', '--net'];

/** What the tests of rules lack on this machine. In CI, nftables must be there. */
function lacks(tool: string, args: readonly string[]): boolean {
  const { status } = spawnSync('unshare', [...UNSHARE, tool, ...args], { stdio: 'ignore' });
  if (status !== 0 && tool === 'nft' && process.env['CI'] === 'true')
    throw new Error('the rules of docs/firewalls.md need nft, and network namespaces of users');
  return status !== 0;
}

function load(text: string, command: string): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync('unshare', [...UNSHARE, 'sh', '-c', command], {
    input: text,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe.skipIf(lacks('nft', ['list', 'ruleset']))('nftables takes the rules of the pages', () => {
  const blocks = blocksOf('nft');
  test('there are some', () => {
    expect(blocks.length).toBeGreaterThanOrEqual(3);
  });
  test.each(blocks)('%s: loaded, they log to the group with a verdict each', (_place, text) => {
    const { status, stdout, stderr } = load(text, 'nft -f - && nft list ruleset');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const logs = [...stdout.matchAll(/log prefix "([^"]*)" group (\d+)/g)];
    expect(logs.length).toBe(text.match(/\blog prefix\b/g)!.length);
    for (const [, prefix, group] of logs) {
      expect(group).toBe('5');
      expect(/ACCEPT/.test(prefix!) !== /REJECT/.test(prefix!)).toBe(true);
    }
  });
  test('a rule that is wrong is refused', () => {
    const { status, stderr } = load('table inet t { chain c { logg prefix "x" ; } }\n', 'nft -c -f -');
    expect(status).not.toBe(0);
    expect(stderr).toContain('syntax error');
  });
});

describe.skipIf(lacks('iptables-restore', ['--version']))('iptables takes the rules of the pages', () => {
  test.each(blocksOf('iptables'))('%s', (_place, text) => {
    const { status, stdout, stderr } = load(text, 'iptables-restore && iptables-save');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.match(/--nflog-group 5/g)).toHaveLength(text.match(/--nflog-group 5/g)!.length);
  });
});

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { MAIN } from '../program.ts';

const root = mkdtempSync(join(tmpdir(), 'weir-import-'));
afterAll(() => rmSync(root, { recursive: true }));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'case-'));
});

function weir(
  args: readonly string[],
  input = '',
): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    encoding: 'utf8',
    cwd: folder,
    input,
  });
  return { status, stdout, stderr };
}

function file(name: string, value: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
}

const VPCS = { Vpcs: [{ VpcId: 'vpc-0a1b2c3d', CidrBlock: '10.0.0.0/16', OwnerId: '111122223333' }] };
const SUBNETS = {
  Subnets: [{ SubnetId: 'subnet-0a1b2c3d', VpcId: 'vpc-0a1b2c3d', CidrBlock: '10.0.1.0/24' }],
};

describe('weir import', () => {
  test('files, written with -o, are good for weir check; the report is on standard error', () => {
    file('vpcs.json', VPCS);
    file('subnets.json', SUBNETS);
    const made = weir(['import', 'vpcs.json', 'subnets.json', '-o', 'network.yaml', '--region', 'home-1']);
    expect(made).toMatchObject({ status: 0, stdout: '' });
    expect(made.stderr.split('\n').slice(0, 3)).toEqual([
      'read        vpcs.json: Vpcs',
      'read        subnets.json: Subnets',
      'understood  1 VPC, 1 subnet',
    ]);
    expect(readFileSync(join(folder, 'network.yaml'), 'utf8')).toBe(
      [
        '# Made by weir import, of',
        '#   vpcs.json',
        '#   subnets.json',
        'account: "111122223333"',
        'region: home-1',
        '',
        'vpcs:',
        '  # vpcs.json: Vpcs[0]',
        '  - id: vpc-0a1b2c3d',
        '    cidrs: [10.0.0.0/16]',
        '    subnets:',
        '      # subnets.json: Subnets[0]',
        '      - id: subnet-0a1b2c3d',
        '        cidrs: [10.0.1.0/24]',
        '',
      ].join('\n'),
    );
    expect(weir(['check', 'network.yaml']).stdout).toBe(
      'network.yaml: good (1 VPC, 1 subnet, 0 interfaces)\n',
    );
  });

  test('a directory: the files of it that can be inputs, and no others', () => {
    mkdirSync(join(folder, 'in'));
    file('in/vpcs.json', VPCS);
    file('in/subnets.json', SUBNETS);
    file('in/notes.txt', 'not JSON');
    const { status, stdout } = weir(['import', 'in', '--discover']);
    expect(status).toBe(0);
    expect(stdout).toContain('#   in/subnets.json\n#   in/vpcs.json\n');
    expect(stdout).toContain('discover: true');
    mkdirSync(join(folder, 'empty'));
    expect(weir(['import', 'empty'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('no file in it'),
    });
  });

  test('standard input, several values behind each other; the report as JSON', () => {
    const { status, stdout, stderr } = weir(
      ['import', '-', '--report', 'json'],
      `${JSON.stringify(VPCS)}\n${JSON.stringify(SUBNETS)}`,
    );
    expect(status).toBe(0);
    expect(stdout).toContain('# standard input:2: Subnets[0]');
    expect(JSON.parse(stderr)).toMatchObject({
      inputs: [{ file: 'standard input', content: 'Vpcs, Subnets' }],
      understood: { VPC: 1, subnet: 1 },
      leftOut: [],
    });
  });

  test('process substitution', () => {
    file('vpcs.json', VPCS);
    const { status, stdout } = spawnSync(
      'bash',
      ['-c', `"${process.execPath}" "${MAIN}" import <(cat vpcs.json)`],
      {
        encoding: 'utf8',
        cwd: folder,
      },
    );
    expect(status).toBe(0);
    expect(stdout).toContain('vpc-0a1b2c3d');
  });

  test('a file that is there stays as it is, but for --force', () => {
    file('vpcs.json', VPCS);
    const path = file('network.yaml', 'mine');
    const refused = weir(['import', 'vpcs.json', '-o', 'network.yaml']);
    expect(refused).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('network.yaml: is there already'),
    });
    expect(readFileSync(path, 'utf8')).toBe('mine');
    expect(weir(['import', 'vpcs.json', '-o', 'network.yaml', '--force']).status).toBe(0);
    expect(readFileSync(path, 'utf8')).toContain('vpc-0a1b2c3d');
    expect(existsSync(`${path}.part`)).toBe(false);
  });

  test('what was found is told also when nothing can be written', () => {
    file('x.json', { Buckets: [{ Name: 'b' }], Addresses: [{}] });
    const { status, stdout, stderr } = weir(['import', 'x.json', '-o', 'network.yaml']);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('not taken   1 elastic address\n');
    expect(stderr).toContain('weir: x.json: nothing here describes a VPC');
    expect(existsSync(join(folder, 'network.yaml'))).toBe(false);
  });

  test.each<[string[], number, RegExp]>([
    [[], 2, /nothing to import/],
    [['absent.json'], 1, /absent\.json: cannot be read/],
    [['x.json', '--report', 'xml'], 2, /--report must be text or json/],
    [['x.json', '--account', '12'], 2, /--account 12/],
    [['--host', '--name', ''], 2, /--name/],
    [['x.json', '-o', 'no/such/folder.yaml'], 1, /no\/such\/folder\.yaml: cannot be written/],
  ])('%j is refused', (args, status, message) => {
    file('x.json', VPCS);
    const result = weir(['import', ...args]);
    expect(result.status).toBe(status);
    expect(result.stderr).toMatch(message);
    expect(result.stderr).not.toContain('fault of the program');
  });
});

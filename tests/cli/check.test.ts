import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { MAIN } from '../program.ts';

const directory = mkdtempSync(join(tmpdir(), 'weir-check-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

function check(...files: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'check', ...files], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const VPC = 'vpcs:\n  - id: vpc-0a1b2c3d\n    cidrs: [10.0.0.0/16]\n';

describe('weir check', () => {
  test('a good network file says what is in it', () => {
    const path = file('network.yaml', VPC);
    expect(check(path)).toEqual({
      status: 0,
      stdout: `${path}: good (1 VPC, 0 subnets, 0 interfaces)\n`,
      stderr: '',
    });
  });

  test('a configuration is checked with the network file that it names', () => {
    file('network.yaml', VPC);
    const path = file('weir.yaml', 'listen: 127.0.0.1:0\nnetwork: network.yaml\n');
    const { status, stdout } = check(path);
    expect(status).toBe(0);
    expect(stdout).toContain('good (listens at 127.0.0.1:0; ');
    expect(stdout).toContain('1 VPC');
    file('network.yaml', VPC.replace('10.0.0.0/16', '10.0.0.1/16'));
    expect(check(path)).toMatchObject({ status: 1, stderr: expect.stringMatching(/network\.yaml:3:\d+: /) });
  });

  test('a source that sees a VPC that is not there is told at its place', () => {
    file('network.yaml', VPC);
    const path = file(
      'weir.yaml',
      'network: network.yaml\nsources:\n  - { type: stdin, vpcs: [vpc-0a1b2c3d] }\n' +
        '  - { name: lan, type: live, interface: eth0, vpcs: [vpc-0a1b2c3d, vpc-0a1b2c3e] }\n',
    );
    const { status, stderr } = check(path);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /weir\.yaml:4:\d+: source lan sees VPC vpc-0a1b2c3e, which is not in .*network\.yaml: did you mean vpc-0a1b2c3d\?/,
    );
    expect(stderr).not.toContain('stdin');
  });

  test('a configuration of sources alone is one, and its sources are counted', () => {
    const path = file(
      'sources.yaml',
      'sources: [{ type: live, interface: eth0 }, { type: nflog, group: 5 }]\nspool: { maxAge: 2d }\n',
    );
    expect(check(path)).toEqual({
      status: 0,
      stdout: `${path}: good (listens at 127.0.0.1:4580; 2 sources; a network that discovers)\n`,
      stderr: '',
    });
  });

  test.each([
    [
      'a source',
      'sources:\n  - { type: live, interface: -x }\n',
      /:2:30: interface: "-x" cannot be the name/,
    ],
    ['a destination', 'destinations: { s3: { type: s4 } }\n', /:1:\d+: .*s4/],
    ['a configuration', 'listen: nowhere\n', /:1:\d+: listen: "nowhere" is no address to listen at/],
    [
      'an unknown key',
      'listen: 127.0.0.1:1\nregio: x\n',
      /:2:1: unknown key "regio" .* did you mean region\?/,
    ],
    ['a network', 'vpcs: [{ id: vpc-1 }]\n', /:1:\d+: id: "vpc-1" is no id of this kind/],
    ['no YAML', 'vpcs: [\n', /:\d+:\d+: /],
  ])('%s with a fault names its place', (_what, text, message) => {
    const { status, stderr } = check(file('wrong.yaml', text));
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
  });

  test('a file that is not there is named', () => {
    expect(check(join(directory, 'none.yaml'))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('none.yaml'),
    });
  });
});

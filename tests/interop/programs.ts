/** Where the clients of other languages are on this machine. What is missing is named; in CI that fails. */
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A program, or why there is none. */
export type Program = { readonly path: string } | { readonly missing: string };

/** The version whose requests the fact sheets of the API were taken from; it knows TagFieldSpecifications. */
const BOTO3 = '1.43.107';
/** Reads flow logs from S3 and CloudWatch Logs, as many tools of others do. */
const FLOWLOGS_READER = '5.0.1';
/** A server of S3, CloudWatch Logs, Firehose and STS in one; the same as bench/api.ts has. */
const MOTO = '5.2.5';
const PYARROW = '26.0.1';
const DUCKDB = '2.0.0';
/** Knows what CloudFormation's resources look like. */
const CFN_LINT = '1.58.0';
/** Reads SQL of many dialects. */
const SQLGLOT = '30.30.0';
const CACHE = new URL('../../node_modules/.cache/interop/', import.meta.url).pathname;
const inCi = process.env['CI'] === 'true';

function works(program: string, ...args: string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

/** Debian's own Python with Debian's boto3: another python3 may be first on PATH. */
export function debianPython(): Program {
  const path = '/usr/bin/python3';
  return works(path, '-c', 'import boto3') ? { path } : { missing: 'boto3 of Debian (python3-boto3)' };
}

/** Debian's AWS CLI. */
export function debianCli(): Program {
  const path = '/usr/bin/aws';
  return works(path, '--version') ? { path } : { missing: 'AWS CLI of Debian (awscli)' };
}

/** What pip installs, and the modules that must be there then. */
const PACKAGES = [
  `boto3==${BOTO3}`,
  `flowlogs-reader==${FLOWLOGS_READER}`,
  `moto[server]==${MOTO}`,
  `pyarrow==${PYARROW}`,
  `duckdb==${DUCKDB}`,
  `cfn-lint==${CFN_LINT}`,
  `sqlglot==${SQLGLOT}`,
];
const MODULES = ['boto3', 'flowlogs_reader', 'moto', 'pyarrow', 'duckdb', 'cfnlint', 'sqlglot'];
/** Looks for them without loading them, which takes seconds. */
const FIND =
  'import sys; from importlib.util import find_spec; sys.exit(None in map(find_spec, sys.argv[1:]))';

/** A Python with clients, servers, readers and linters from PyPI: an environment that is made once and kept. */
export async function pypiPython(): Promise<Program> {
  const folder = join(CACHE, createHash('sha256').update(PACKAGES.join(' ')).digest('hex').slice(0, 16));
  const path = join(folder, 'bin', 'python');
  const stamp = join(folder, 'complete');
  if (existsSync(stamp) && works(path, '-c', FIND, ...MODULES)) return { path };
  const base = ['/usr/bin/python3', 'python3'].find((it) => works(it, '-c', 'import venv, ensurepip'));
  if (base === undefined) return { missing: 'python3 with venv (python3-venv)' };
  try {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(CACHE, { recursive: true });
    await run(base, ['-m', 'venv', folder]);
    // Most modules are never loaded: what is gets compiled then.
    const flags = ['--quiet', '--disable-pip-version-check', '--no-compile'];
    await run(path, ['-m', 'pip', 'install', ...flags, ...PACKAGES]);
    writeFileSync(stamp, PACKAGES.join('\n'));
    return { path };
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    return { missing: `${PACKAGES.join(', ')} from PyPI (${String(stderr)})` };
  }
}

/** Whether tests of a program are left out: never in CI. */
export function leftOut(program: Program): boolean {
  return 'missing' in program && !inCi;
}

/** The program's path; an error that names what is missing. */
export function pathOf(program: Program): string {
  if ('missing' in program) throw new Error(`${program.missing} is missing: CI must have it`);
  return program.path;
}

/** What the name of a group of tests says of a missing program. */
export function lack(program: Program): string {
  return 'missing' in program ? ` (left out: ${program.missing} is missing)` : '';
}

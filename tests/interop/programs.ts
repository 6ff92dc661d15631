/** Where the clients of other languages are on this machine. What is missing is named; in CI that fails. */
import { execFile, spawnSync } from 'node:child_process';
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

interface Wanted {
  /** Its folder's name. */
  readonly name: string;
  /** What pip installs. */
  readonly packages: readonly string[];
  /** Modules that must be there. */
  readonly modules: readonly string[];
}

/** A Python with packages from PyPI: an environment that is made once and kept. */
async function environmentOf({ name, packages, modules }: Wanted): Promise<Program> {
  const folder = join(CACHE, name);
  const path = join(folder, 'bin', 'python');
  const stamp = join(folder, 'complete');
  if (existsSync(stamp) && works(path, '-c', `import ${modules.join(', ')}`)) return { path };
  const base = ['/usr/bin/python3', 'python3'].find((it) => works(it, '-c', 'import venv, ensurepip'));
  if (base === undefined) return { missing: 'python3 with venv (python3-venv)' };
  try {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(CACHE, { recursive: true });
    await run(base, ['-m', 'venv', folder]);
    await run(path, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages]);
    writeFileSync(stamp, '');
    return { path };
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    return { missing: `${packages.join(', ')} from PyPI (${String(stderr)})` };
  }
}

/** A Python with boto3 and flowlogs-reader from PyPI. */
export function pypiPython(): Promise<Program> {
  return environmentOf({
    name: `boto3-${BOTO3}-reader-${FLOWLOGS_READER}`,
    packages: [`boto3==${BOTO3}`, `flowlogs-reader==${FLOWLOGS_READER}`],
    modules: ['boto3', 'flowlogs_reader'],
  });
}

/** A Python with boto3, moto server, pyarrow and DuckDB from PyPI: what delivers to, and reads, destinations. */
export function destinationsPython(): Promise<Program> {
  return environmentOf({
    name: `boto3-${BOTO3}-moto-${MOTO}-pyarrow-${PYARROW}-duckdb-${DUCKDB}`,
    packages: [`boto3==${BOTO3}`, `moto[server]==${MOTO}`, `pyarrow==${PYARROW}`, `duckdb==${DUCKDB}`],
    modules: ['boto3', 'moto', 'pyarrow', 'duckdb'],
  });
}

/** A Python with cfn-lint and sqlglot from PyPI: what reads templates and queries. */
export function lintersPython(): Promise<Program> {
  return environmentOf({
    name: `cfn-lint-${CFN_LINT}-sqlglot-${SQLGLOT}`,
    packages: [`cfn-lint==${CFN_LINT}`, `sqlglot==${SQLGLOT}`],
    modules: ['cfnlint', 'sqlglot'],
  });
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

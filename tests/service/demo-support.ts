/** What the tests of the demo ask of this machine. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { missingForWorld } from '../../src/service/demo/world/start.ts';
import { WIRE_PREFIX } from './recording/wire.ts';
import { MAIN } from '../program.ts';

/** What a network of the demo's own lacks here; undefined when it can be made. In CI it must be there. */
export function missingForDemo(): string | undefined {
  const missing = missingForWorld();
  if (missing !== undefined && process.env['CI'] === 'true') throw new Error(`the demo lacks ${missing}`);
  return missing;
}

/** What a demo could leave behind on this machine; other tests make and remove namespaces and wires of their own meanwhile. */
export interface Machine {
  readonly links: string;
  readonly namespaces: string;
  readonly mounts: string;
  readonly rules: string;
  readonly forwarding: string;
  /** What is in the folder where the demo makes its own. */
  readonly files: readonly string[];
}

function text(command: string, ...args: string[]): string {
  return spawnSync(command, args, { encoding: 'utf8' }).stdout ?? '';
}

function linesWith(part: string, lines: string): string {
  return lines
    .split('\n')
    .filter((line) => line.includes(part))
    .join('\n');
}

function linesWithout(part: string, lines: string): string {
  return lines
    .split('\n')
    .filter((line) => !line.includes(part))
    .join('\n');
}

export function machine(folder: string): Machine {
  return {
    links: linesWithout(` ${WIRE_PREFIX}`, text('ip', '-o', 'link')),
    namespaces: linesWith('demo', text('ip', 'netns', 'list')),
    mounts: linesWith(folder, readFileSync('/proc/self/mountinfo', 'utf8')),
    rules: text('nft', 'list', 'ruleset'),
    forwarding: readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8'),
    files: readdirSync(folder),
  };
}

/** Command lines of processes that have a text in them or in their environment. */
export function processesWith(part: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        const [line, environment] = ['cmdline', 'environ'].map((name) =>
          readFileSync(`/proc/${pid}/${name}`, 'utf8'),
        );
        return `${line}${environment}`.includes(part) ? line!.replaceAll('\0', ' ') : '';
      } catch {
        return '';
      }
    })
    .filter((line) => line !== '');
}

/** Waits up to some seconds for something to be so. */
export async function eventually(is: () => boolean, seconds = 5): Promise<boolean> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(20)) if (is()) return true;
  return is();
}

/** Records of captures by the command. */
export function recordLines(files: readonly string[], network: string, ...more: string[]): string[] {
  const args = ['record', ...files, '--network', network, '--interval', '60', '--no-header', ...more];
  const flags = ['--disable-warning=ExperimentalWarning', MAIN, ...args];
  return execFileSync(process.execPath, flags, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    .trim()
    .split('\n');
}

/** Network namespaces of tests that have root, and what runs inside of them. */
import { execFileSync } from 'node:child_process';

/** Runs `ip ARGS…`, which has to succeed. */
export function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8' });
}

/** Kills a process that may be gone. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** Removes a namespace, and kills what runs inside of it and nothing else. */
export function removeNamespace(name: string): void {
  for (const pid of ip('netns', 'pids', name).split('\n').filter(Boolean)) kill(Number(pid));
  ip('netns', 'del', name);
}

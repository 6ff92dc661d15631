/** A network namespace with a pair of interfaces: frames go in at out0 and are captured at in0. Takes root, ip, tcpdump. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Sender {
  /** What it writes to standard output so far. */
  readonly said: () => string;
  /** SIGTERM, and waits for the end. */
  stop(): Promise<void>;
}

export interface Wire {
  /** For a weir outside of the namespace whose tcpdump is inside: its source is the interface `any`. */
  readonly environment: NodeJS.ProcessEnv;
  /** Runs a program of Python inside. */
  python(program: string, ...args: string[]): Sender;
  close(): void;
}

let wires = 0;

/** Makes the namespace; `root` is a directory where programs may be put. */
export function openWire(root: string): Wire {
  const name = `weir-wire-${process.pid}-${wires++}`;
  const ip = (...args: string[]): unknown => execFileSync('ip', args);
  const programs = join(root, 'bin');
  mkdirSync(programs);
  const tcpdump = execFileSync('sh', ['-c', 'command -v tcpdump'], { encoding: 'utf8' }).trim();
  // tcpdump is entered into the namespace by `ip netns exec`, which becomes it and keeps its process id. `any` is there
  // outside of it too, where the service looks whether there is such an interface.
  const inside = `if [ "$2" = any ]; then shift 2; set -- -i in0 "$@"; fi\nexec ip netns exec ${name} ${tcpdump} "$@"`;
  writeFileSync(join(programs, 'tcpdump'), `#!/bin/sh\n${inside}\n`);
  chmodSync(join(programs, 'tcpdump'), 0o755);
  ip('netns', 'add', name);
  const running = new Set<ChildProcess>();
  const close = (): void => {
    for (const child of running) child.kill('SIGKILL');
    ip('netns', 'del', name);
  };
  try {
    ip('-n', name, 'link', 'add', 'out0', 'type', 'veth', 'peer', 'name', 'in0');
    for (const device of ['out0', 'in0']) ip('-n', name, 'link', 'set', device, 'up');
  } catch (error) {
    close();
    throw error;
  }
  return {
    environment: { ...process.env, PATH: `${programs}:${process.env['PATH'] ?? ''}` },
    python(program, ...args) {
      const child = spawn('ip', ['netns', 'exec', name, 'python3', '-c', program, ...args], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      running.add(child);
      const closed = once(child, 'close').then(() => running.delete(child));
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
      return {
        said: () => said,
        async stop() {
          child.kill();
          await closed;
        },
      };
    },
    close,
  };
}

/**
 * A network namespace with a veth pair, made and removed by the tests of live sources. They need root, ip, nft,
 * tcpdump and python3; elsewhere they are skipped, and in CI they fail.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLive } from '../../src/sources/tcpdump.ts';
import type { LiveOptions, LiveSource } from '../../src/sources/tcpdump.ts';
import { hasTool } from './captures.ts';

/** What live tests lack on this machine; undefined when they can run. */
export function missingForLive(): string | undefined {
  const missing = [
    process.getuid?.() === 0 ? [] : ['root'],
    hasTool('ip', ['-V']) ? [] : ['ip (iproute2)'],
    hasTool('tcpdump', ['--version']) ? [] : ['tcpdump'],
    hasTool('python3', ['--version']) ? [] : ['python3'],
    hasTool('nft', ['--version']) ? [] : ['nft (nftables)'],
  ].flat();
  if (missing.length === 0 && spawnSync('ip', ['netns', 'list'], { stdio: 'ignore' }).status !== 0)
    missing.push('network namespaces');
  if (missing.length === 0) return undefined;
  if (process.env['CI'] === 'true') throw new Error(`live tests lack ${missing.join(', ')}`);
  return missing.join(', ');
}

export interface Namespace {
  /** Starts a capture inside it, on the receiving side of the pair. */
  capture(options?: LiveOptions, device?: string): Promise<LiveSource>;
  /** Sends a UDP datagram to port 53 from each of these source ports; returns when they are sent. */
  send(ports: readonly number[]): void;
  /** Runs a command inside it. */
  run(command: string, ...args: string[]): string;
  close(): void;
}

/** One raw frame for each port, so that any port can be the source, 0 too. */
const SEND = `
import socket, struct, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(('out0', 0))
for p in sys.stdin.read().split():
    ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 46, 0, 0, 64, 17, 0x66bd, bytes([10,0,0,1]), bytes([10,0,0,2]))
    s.send(b'\\xff' * 6 + b'\\x02\\0\\0\\0\\0\\x01' + b'\\x08\\0' + ip + struct.pack('>HHHH', int(p), 53, 26, 0) + b'\\0' * 18)
`;

function ip(...args: string[]): void {
  execFileSync('ip', args);
}

/** Makes the namespace, with the interfaces out0 (where frames are sent) and in0 (where they are captured). */
export function openNamespace(label: string): Namespace {
  const name = `weir-${label}-${process.pid}`;
  ip('netns', 'add', name);
  ip('-n', name, 'link', 'add', 'out0', 'type', 'veth', 'peer', 'name', 'in0');
  ip('-n', name, 'link', 'set', 'out0', 'up');
  ip('-n', name, 'link', 'set', 'in0', 'up');
  // tcpdump is entered into the namespace by `ip netns exec`, which becomes it and keeps its process id.
  const command = join(tmpdir(), `${name}-tcpdump`);
  writeFileSync(
    command,
    `#!/bin/sh\nif [ "$2" = any ]; then shift 2; set -- -i in0 "$@"; fi\nexec ip netns exec ${name} tcpdump "$@"\n`,
  );
  chmodSync(command, 0o755);
  const run = (tool: string, ...args: string[]): string =>
    execFileSync('ip', ['netns', 'exec', name, tool, ...args], { encoding: 'utf8' });
  return {
    run,
    // `any` is there outside too, where openLive looks; the wrapper makes in0 of it.
    capture: (options = {}, device = 'any') => openLive(device, { command, ...options }),
    send(ports) {
      execFileSync('ip', ['netns', 'exec', name, 'python3', '-c', SEND], { input: ports.join(' ') });
    },
    close() {
      ip('netns', 'del', name);
      rmSync(command, { force: true });
    },
  };
}

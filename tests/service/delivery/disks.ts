/** File systems of a test's own, in memory: a folder on one, and one that has little left. Takes root and `mount`. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why file systems cannot be mounted here; undefined when they can. */
export function missingForMounts(): string | undefined {
  const missing = mountsFailFor();
  if (missing !== undefined && process.env['CI'] === 'true')
    throw new Error(`tests of disks lack ${missing}`);
  return missing;
}

function mountsFailFor(): string | undefined {
  if (process.getuid?.() !== 0) return 'root';
  const place = mkdtempSync(join(tmpdir(), 'weir-mount-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place]).status === 0;
  if (mounted) execFileSync('umount', [place]);
  rmSync(place, { recursive: true });
  return mounted ? undefined : 'mount';
}

/** Makes a file system of its own of a folder, with what is in it; the function takes it away again. */
export function mountOver(folder: string, size: string): () => void {
  const aside = mkdtempSync(join(tmpdir(), 'weir-aside-'));
  cpSync(folder, aside, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  cpSync(aside, folder, { recursive: true });
  rmSync(aside, { recursive: true });
  return () => execFileSync('umount', ['-l', folder]);
}

/** Takes all but some bytes of a file system, as a file whose path is the answer. */
export function fill(place: string, left: number): string {
  const { bavail, bsize } = statfsSync(place);
  const filler = join(place, 'filler');
  writeFileSync(filler, Buffer.alloc(bavail * bsize - left));
  return filler;
}

/** Exporters as sources of `weir serve`: templates over a crash, a port that is taken, metrics, a quick end. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encoder, ExporterSocket, recentFlow } from '../../record/exporters.ts';
import { startWeir, type WeirProcess } from '../weir-process.ts';

const PATIENCE = 60_000;

let directory: string;
let weir: WeirProcess | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'weir-exporters-'));
});
afterEach(async () => {
  if (weir?.alive() === true) await weir.kill();
  rmSync(directory, { recursive: true, force: true });
});

/** A socket at a port of its own. */
async function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

function configFor(port: number): string {
  const path = join(directory, 'weir.yaml');
  writeFileSync(
    path,
    `sources: [{ name: routers, type: netflow, listen: "127.0.0.1:${port}", exporters: [127.0.0.0/8] }]\n`,
  );
  return path;
}

async function page(path: string): Promise<string> {
  return (await fetch(`${weir!.url}${path}`)).text();
}

async function until(what: string, test: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + PATIENCE / 2;
  while (!(await test())) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}; ${weir?.log()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function metric(line: string): Promise<boolean> {
  return (await page('/metrics')).split('\n').includes(line);
}

describe('exporters as sources of a service', () => {
  test(
    'a crash between templates and data: what was told before is known after',
    async () => {
      const free = await bound();
      const { port } = free.address();
      free.close();
      const config = configFor(port);
      const data = join(directory, 'data');
      const state = join(data, 'exporters', 'routers.json');
      const exporter = encoder('v9');
      const socket = await ExporterSocket.open(port);
      weir = await startWeir(data, { config });
      await until('it listens', () => metric('weir_source_healthy{source="routers"} 1'));
      await socket.send(exporter.datagram([]));
      await until(
        'templates are kept',
        () => existsSync(state) && readFileSync(state, 'utf8').includes('"id":257'),
      );
      await weir.kill();

      weir = await startWeir(data, { config });
      await until('it listens again', () => metric('weir_source_healthy{source="routers"} 1'));
      await socket.send(exporter.datagram([recentFlow('10.0.0.1')], false));
      await until('its flow', () =>
        metric('weir_exporter_flows_total{source="routers",exporter="127.0.0.1"} 1'),
      );
      expect(await metric('weir_source_packets_total{source="routers"} 3')).toBe(true);
      expect(await metric('weir_source_datagrams_total{source="routers"} 1')).toBe(true);
      socket.close();
      const began = Date.now();
      expect(await weir.stop()).toBe(0);
      expect(Date.now() - began).toBeLessThan(10_000);
    },
    PATIENCE,
  );

  test(
    'a port that another program has: said as the fault of the source, and taken when it is free',
    async () => {
      const other = await bound();
      const { port } = other.address();
      weir = await startWeir(join(directory, 'data'), { config: configFor(port) });
      await until('the fault', async () =>
        (await page('/readyz')).includes('source routers does not listen'),
      );
      expect(await page('/readyz')).toContain('is in use by another program');
      expect(await metric('weir_source_healthy{source="routers"} 0')).toBe(true);
      other.close();
      await until('it listens', () => metric('weir_source_healthy{source="routers"} 1'));
      expect(await page('/readyz')).not.toContain('routers');
      const socket = await ExporterSocket.open(port);
      await socket.send(encoder('v5').datagram([recentFlow('10.0.0.2')]));
      await until('its flow', () => metric('weir_source_flows_total{source="routers"} 1'));
      socket.close();
      expect(await weir.stop()).toBe(0);
    },
    PATIENCE,
  );
});

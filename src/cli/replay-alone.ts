/** A replay through a data directory that no service runs on: the service itself, for as long as it takes. */
import type { ReplayDone, ReplayRequest } from '../service/endpoint/messages.ts';
import { shownStatus } from '../service/endpoint/messages.ts';
import type { ServiceConfig } from '../service/serve/config.ts';
import { logOnlyTrouble } from '../service/serve/log.ts';
import { startService } from '../service/serve/service.ts';
import type { ProgressLine } from './progress-line.ts';
import type { Replayed } from './replay.ts';
import { count } from './text.ts';

export interface AloneOptions {
  readonly directory: string;
  /** Its sources are left out, it listens at any port of this machine, and follows no file. */
  readonly config: ServiceConfig;
  readonly files: readonly string[];
  readonly options: Omit<ReplayRequest, 'uploads' | 'names'>;
  readonly signal: AbortSignal;
  readonly progress: ProgressLine;
}

const EVERY_MS = 500;

/** Replays, delivers, and ends. @throws {UserError} DataDirectoryInUse, or what the captures cannot be read for */
export async function replayAlone(alone: AloneOptions): Promise<Replayed> {
  const { directory, config, files, options, signal, progress } = alone;
  logOnlyTrouble();
  const service = await startService({
    config: { ...config, sources: [], watch: false, listen: { host: '127.0.0.1', port: 0 } },
    directory,
  });
  const { control } = service;
  const timer = setInterval(() => {
    const { recordings } = control.status();
    const sources = recordings.flatMap(({ mode, stats }) =>
      mode === 'replay' ? (stats?.sources ?? []) : [],
    );
    progress.show(`${count(sources.reduce((sum, source) => sum + source.packets, 0))} packets`);
  }, EVERY_MS);
  const replay = async (): Promise<ReplayDone> => {
    try {
      const { stats: _, ...summary } = await control.replay(files, { ...options, signal });
      return summary;
    } finally {
      clearInterval(timer);
      await service.close();
    }
  };
  const summary = await replay();
  // What waits in the spool is known for certain when nothing is published any more.
  return { summary, flowLogs: shownStatus(control.status()).flowLogs, spoolOf: directory };
}

/** Captures recorded in event time: what runs on the thread of one replay. */
import { messageOf, UserError } from '../../base/errors.ts';
import { GAP_INTERVALS } from '../../flows/status.ts';
import type { Source } from '../../sources/source.ts';
import type { FromRecording, RecordingStats } from '../threads/messages.ts';
import { FileLoop } from './file-loop.ts';
import { openCaptureSource } from './open-sources.ts';
import { PortRecording } from './port-recording.ts';
import type { ReplaySetup } from './setup.ts';
import { sourceStats } from './stats.ts';
import { verdictOnlyOf } from './verdict-only.ts';

/** Tables, as `record` has them: three windows open and one being written, and those of verdicts. */
const TABLES = 4;
const TABLES_WITH_VERDICTS = 7;

export class ReplayRecording extends PortRecording {
  readonly #setup: ReplaySetup;
  protected readonly sources: Source[] = [];

  constructor(setup: ReplaySetup, tell: (message: FromRecording) => void) {
    super(setup, tell, {
      live: false,
      tables: setup.captures.length > 1 ? TABLES_WITH_VERDICTS : TABLES,
      discoverDestinations: true,
      gapIntervals: GAP_INTERVALS,
    });
    this.#setup = setup;
  }

  /** Why the captures could not be opened; what they are faulty in is in the stats. */
  protected async record(): Promise<string | undefined> {
    const { captures } = this.#setup;
    try {
      for (const capture of captures) {
        this.sources.push(await openCaptureSource(capture, this.snapshot.needsLink));
        if (this.stopped) return undefined;
      }
    } catch (error) {
      if (error instanceof UserError) return messageOf(error);
      throw error;
    }
    await new FileLoop({
      sources: this.sources,
      recorder: this.recorder,
      scopeOf: (source) => captures[source]!.scope,
      verdictOnly: () => new Set(this.#setup.verdictOnly ?? verdictOnlyOf(this.sources, false)),
      room: () => this.port.room(),
      onTurn: () => this.port.check(),
    }).run();
    return undefined;
  }

  protected sourceStats(): RecordingStats['sources'] {
    return this.sources.map((source) => {
      const { fault } = source;
      const text = fault === undefined ? undefined : `${fault.kind} at byte ${fault.offset}: ${fault.reason}`;
      return sourceStats(source, undefined, { healthy: fault === undefined, fault: text });
    });
  }
}

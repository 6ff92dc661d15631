/** A live source of packets that may not be there yet. */
import type { Batch } from '../../capture/batch.ts';
import type { DecoderCounters } from '../../capture/decoder.ts';
import { newCounters } from '../../capture/rejections.ts';
import type { SourceLoss } from '../../sources/source.ts';
import type { LiveSource } from '../../sources/tcpdump.ts';
import { Persistent, type PersistentOptions } from './persistent.ts';

export class PersistentSource extends Persistent<Batch, SourceLoss, LiveSource> implements LiveSource {
  readonly reportsVerdicts: boolean;
  protected readonly verb = 'capture';

  constructor(options: PersistentOptions<LiveSource> & { readonly reportsVerdicts: boolean }) {
    super(options);
    this.reportsVerdicts = options.reportsVerdicts;
  }

  protected present(): string {
    return 'captures now';
  }

  get counters(): DecoderCounters {
    return this.inner?.counters ?? newCounters();
  }

  get pid(): number | undefined {
    return this.inner?.pid;
  }
}

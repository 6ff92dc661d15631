import { recordScenario } from '../../src/service/fixture/record.ts';
import { readScenario } from '../../src/service/fixture/scenario.ts';
import { openOutput } from '../../src/service/record/output.ts';
import type { OutputForm } from '../../src/service/record/pieces.ts';

/** Writes the records of a scenario as `weir fixture NAME` does, without a process for each. */
export async function writeScenario(name: string, path: string, form: OutputForm): Promise<void> {
  await recordScenario(readScenario(name), {
    open: (format) => openOutput(path, form, format),
    form,
    header: true,
    workers: 0,
  });
}

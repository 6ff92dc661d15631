import { expect } from 'vitest';
import type { InterfaceFacts, NetworkDirectory } from '../../src/network/lookup.ts';
import { parseLogFormat, type LogFormat } from '../../src/records/formats.ts';
import type { TagFieldSpecification } from '../../src/records/tag-fields.ts';
import { createTextWriter } from '../../src/records/text.ts';
import { FakeRules, type Answers } from './fake-rules.ts';
import { directoryOf, windowOf, type Line } from './windows.ts';

/** A format from bare ids. */
export function vpcFormat(ids: string, tagFields: readonly TagFieldSpecification[] = []): LogFormat {
  return formatOf('vpc', ids, tagFields);
}

export function transitFormat(ids: string): LogFormat {
  return formatOf('transit-gateway', ids, []);
}

function formatOf(
  kind: LogFormat['kind'],
  ids: string,
  tagFields: readonly TagFieldSpecification[],
): LogFormat {
  const text = ids.replaceAll(/\S+/g, (id) => `\${${id}}`);
  const result = parseLogFormat(text, { kind, tagFields });
  if (!result.ok) throw new Error(result.message);
  return result.format;
}

export interface Given {
  /** Answers of rules; no rules without. */
  readonly answers?: Answers | undefined;
  readonly rules?: FakeRules | undefined;
  readonly owner?: string | undefined;
  readonly topology?: NetworkDirectory['topology'] | undefined;
}

/** The lines of a window as a writer gives them, without line ends. */
export function linesOf(
  format: LogFormat,
  facts: readonly InterfaceFacts[],
  lines: readonly Line[],
  { answers, rules, owner, topology }: Given = {},
): string[] {
  const window = windowOf(lines);
  const asked = rules ?? (answers === undefined ? undefined : new FakeRules(answers));
  const writer = createTextWriter(format, directoryOf(facts, 1, topology), { rules: asked, owner });
  const text = Buffer.from(writer.write(window, 0, window.lines)).toString('latin1');
  expect(text.endsWith('\n')).toBe(true);
  return text.slice(0, -1).split('\n');
}

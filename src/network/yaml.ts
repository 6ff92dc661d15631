/** network.yaml to a network: every fault with file, line and column, all of them at once (docs/network.md). */
import { type Fault, readTextFile, YamlFile } from '../base/yaml-file.ts';
import type { Owner } from './defaults.ts';
import { FileReader } from './file/reader.ts';
import { completeNetwork, type Network } from './model.ts';

/** Longest network file, in bytes. */
export const MAX_NETWORK_FILE = 64 << 20;
/** Reads a network file. `owner` is for what the file gives no account or region. UserError. */
export function readNetworkFile(file: string, owner: Owner): Network {
  return parseNetwork(readTextFile(file, 'network file', MAX_NETWORK_FILE), file, owner);
}

/** The network that the text of a network file describes; `file` is its name in messages. */
export function parseNetwork(text: string, file: string, owner: Owner): Network {
  // JSON is YAML, and is read about ten times as fast when nothing is wrong with it.
  const json = parseJson(text);
  if (json !== undefined) {
    const reader = new FileReader(owner);
    reader.read(json);
    reader.check();
    if (reader.faults.length === 0) return completeNetwork(reader.parts);
  }
  const document = new YamlFile(text, file);
  const reader = new FileReader(owner);
  reader.read(document.data());
  reader.check();
  if (reader.faults.length > 0) document.refuse(reader.faults);
  return completeNetwork(reader.parts);
}

/** What is wrong with the data of a network file that is being made: places are paths in the data. */
export function networkFaults(data: unknown, owner: Owner): Fault[] {
  const reader = new FileReader(owner);
  reader.read(data);
  reader.check();
  return reader.faults;
}

function parseJson(text: string): unknown {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // YAML in braces, or a slip that the YAML parser finds the place of
  }
}

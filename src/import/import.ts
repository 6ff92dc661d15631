/** A network.yaml of what other tools say of a network (docs/import.md): texts in, text and report out. */
import { UserError } from '../base/errors.ts';
import { parseNetwork } from '../network/yaml.ts';
import type { Network } from '../network/model.ts';
import { assemble, type AssembleOptions, type Assembled } from './assemble.ts';
import { nameOf, nounOf, NOUNS, orderKeys, SINGLES, type Data } from './data.ts';
import { Pages, readDescribed } from './describe.ts';
import { parseDocuments, type InputDocument } from './documents.ts';
import { Draft } from './draft.ts';
import { hostForm, HostReader, type HostOptions } from './host.ts';
import { isObject } from './fields.ts';
import { mend } from './mend.ts';
import { overlappingVpcs } from './overlaps.ts';
import { Report } from './report.ts';
import { settle } from './settle.ts';
import { readTerraform, terraformForm } from './terraform.ts';
import { commentText, yamlText } from './yaml-text.ts';

/** A text with its name in messages and comments. */
export interface ImportInput {
  readonly name: string;
  readonly text: string;
}

export interface ImportOptions extends AssembleOptions {
  readonly host: HostOptions;
}

/** What an import makes. `report` is filled in also when it throws. */
export interface ImportResult {
  /** The network file. */
  readonly yaml: string;
  /** What it reads as. */
  readonly network: Network;
}

/**
 * Makes a network file of the inputs. A UserError for what cannot be read, and when nothing is left to write.
 * The inputs are read one after the other, so that no more than one of them is held as values.
 */
export function importNetwork(
  inputs: Iterable<ImportInput>,
  options: ImportOptions,
  report: Report = new Report(),
): ImportResult {
  const draft = new Draft(report);
  const pages = new Pages();
  const host = new HostReader(options.host, draft);
  const names: string[] = [];
  for (const { name, text } of inputs) {
    names.push(name);
    const found = parseDocuments(text, name).flatMap((it) => readDocument(it, draft, pages, host));
    report.input(name, contentText(found));
  }
  host.finish();
  pages.tell(draft);
  settle(draft);
  const assembled = assemble(draft, options);
  mend(assembled, report);
  const { data, owner } = assembled;
  if (listOf(data['vpcs']).length === 0) {
    throw new UserError(
      `${names.join(', ')}: nothing here describes a VPC: give the output of describe-vpcs, describe-subnets and describe-network-interfaces, Terraform state, or ip -j addr`,
    );
  }
  sortLists(data);
  const yaml = `${headOf(names)}${yamlText(data, (it) => commentOf(assembled, it))}`;
  const network = parseNetwork(yaml, 'the network file that was made', owner);
  countAll(data, report);
  for (const { a, b, prefix } of overlappingVpcs(network)) {
    report.note(
      `${a} and ${b} overlap in ${prefix}: let each source see one of them (vpcs in weir.yaml, --vpc)`,
    );
  }
  return { yaml, network };
}

/** Reads a value by what it is; returns what it holds, for the report. */
function readDocument(
  { value, place }: InputDocument,
  draft: Draft,
  pages: Pages,
  host: HostReader,
): string[] {
  if (terraformForm(value) !== undefined) {
    return [`Terraform state, ${readTerraform(value, place, draft)} resources`];
  }
  const form = hostForm(value);
  if (form === 'addresses') return [`ip addr, ${host.addresses(value as unknown[], place)} links`];
  if (form === 'routes') return [`ip route, ${host.routes(value as unknown[], place)} routes`];
  return readDescribed(value, place, draft, pages);
}

function contentText(found: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const it of found) counts.set(it, (counts.get(it) ?? 0) + 1);
  const parts = Array.from(counts, ([it, n]) => (n === 1 ? it : `${it} (${n} pieces)`));
  return parts.join(', ') || 'nothing that was understood';
}

/** Names shown in the head of the file. */
const MAX_NAMES = 20;

function headOf(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).map((name) => `#   ${commentText(name)}`);
  if (names.length > MAX_NAMES) shown.push(`#   and ${names.length - MAX_NAMES} more`);
  return `# Made by weir import, of\n${shown.join('\n')}\n`;
}

/** Where a resource came from; of regions and their zones that is everywhere. */
function commentOf({ origins }: Assembled, it: object): string | undefined {
  const entry = origins.get(it);
  if (entry === undefined || 'zones' in it) return undefined;
  return entry.comment === undefined ? entry.place : `${entry.place}: ${entry.comment}`;
}

/** Lists of resources by their ids: the order of the inputs does not show. */
function sortLists(data: Data): void {
  for (const key of Object.keys(NOUNS)) {
    const list = listOf(data[key]);
    // Lists of ids keep their order.
    if (!list.every(isObject)) continue;
    list.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    for (const it of list) {
      orderKeys(it);
      sortLists(it);
    }
  }
}

function keyOf(it: Data): string {
  return nameOf(it) ?? `${String(it['account'])} ${String(it['region'])}`;
}

function listOf(value: unknown): Data[] {
  return Array.isArray(value) ? (value as Data[]) : [];
}

/** Counts the resources in the data: what the service makes by itself, such as main route tables, is not there. */
function countAll(data: Data, report: Report, top = ''): void {
  for (const key of [...Object.keys(NOUNS), ...Object.keys(SINGLES)]) {
    const list = isObject(data[key]) ? [data[key]] : listOf(data[key]);
    // Of endpoints, route tables and interfaces, lists of ids have the names of lists of resources.
    const resources = list.filter(isObject);
    const around = top === '' ? key : top;
    if (resources.length > 0 && key !== 'zones') report.understood(nounOf(key, around), resources.length);
    for (const it of resources) countAll(it, report, around);
  }
}

/** Terraform state: the file of version 4, and what `terraform show -json` writes. */
import { UserError } from '../base/errors.ts';
import type { Draft } from './draft.ts';
import { Fields, isObject } from './fields.ts';
import type { Attributes } from './terraform-parts.ts';
import { TERRAFORM_READERS, NOT_TAKEN } from './terraform-resources.ts';

const STATE_VERSION = 4;
/** Deepest nesting of modules. */
const MAX_MODULES = 32;

/** What a value is by its members: a state file, the output of `terraform show -json`, or neither. */
export function terraformForm(value: unknown): 'state' | 'show' | undefined {
  if (!isObject(value)) return undefined;
  if (typeof value['version'] === 'number' && ('terraform_version' in value || 'lineage' in value))
    return 'state';
  if (typeof value['format_version'] === 'string') return 'show';
  return undefined;
}

/** Reads a state; returns how many resources it has. A UserError for a version that is not known. */
export function readTerraform(value: unknown, place: string, draft: Draft): number {
  const root = new Fields(value, place, draft);
  return terraformForm(value) === 'state' ? readState(root, draft) : readShown(root, draft);
}

function readState(root: Fields, draft: Draft): number {
  const version = root.number('version');
  if (version !== STATE_VERSION) {
    throw new UserError(
      `${root.place}: Terraform state of version ${version}: write version ${STATE_VERSION} with Terraform 0.12 or newer`,
    );
  }
  let count = 0;
  for (const resource of root.objects('resources')) {
    const type = resource.text('type') ?? 'resource without type';
    const data = resource.text('mode') === 'data';
    const parts = [resource.text('module'), data ? 'data' : undefined, type, resource.text('name')];
    const address = parts.filter((it) => it !== undefined).join('.');
    for (const instance of resource.objects('instances')) {
      count++;
      const place = `${root.place}: ${address}${indexOf(instance)}`;
      // A deposed instance waits for its deletion.
      if (instance.has('deposed')) draft.report.leftOut(type, place, 'is deposed');
      else readResource({ type, data }, instance.objectAt('attributes', place), draft);
    }
  }
  return count;
}

/** `[0]` or `["a"]` of an instance that count or for_each made. */
function indexOf(instance: Fields): string {
  const key = instance.has('index_key') ? instance.scalar('index_key') : undefined;
  return key === undefined ? '' : `[${JSON.stringify(key)}]`;
}

function readShown(root: Fields, draft: Draft): number {
  // A plan has the state that it was made from; what it plans has no ids yet.
  const values = root.has('values') ? root.object('values') : root.object('prior_state').object('values');
  return readModule(values.object('root_module'), root.place, draft, 0);
}

function readModule(module: Fields, file: string, draft: Draft, depth: number): number {
  if (depth > MAX_MODULES) throw new UserError(`${module.place}: modules nest deeper than ${MAX_MODULES}`);
  let count = 0;
  for (const resource of module.objects('resources')) {
    count++;
    const type = resource.text('type') ?? 'resource without type';
    const place = `${file}: ${resource.text('address') ?? type}`;
    const data = resource.text('mode') === 'data';
    if (resource.has('deposed_key')) draft.report.leftOut(type, place, 'is deposed');
    else readResource({ type, data }, resource.objectAt('values', place), draft);
  }
  for (const child of module.objects('child_modules')) count += readModule(child, file, draft, depth + 1);
  return count;
}

function readResource({ type, data }: { type: string; data: boolean }, values: Fields, draft: Draft): void {
  if (data) {
    draft.report.ignored('Terraform data source', 1);
  } else if (Object.hasOwn(TERRAFORM_READERS, type)) {
    const attributes: Attributes = { it: values, draft };
    TERRAFORM_READERS[type]!(attributes);
  } else if (Object.hasOwn(NOT_TAKEN, type)) {
    draft.report.notTaken(NOT_TAKEN[type]!, 1);
  } else if (/^aws_[a-z0-9_]{1,80}$/.test(type)) {
    draft.report.ignored(type, 1);
  } else if (/^[a-z0-9_-]{1,80}$/.test(type)) {
    draft.report.ignored('resource of another provider', 1);
  } else {
    draft.report.leftOut('resource', values.place, 'its type is none');
  }
}

import type { ExporterRegistry } from './exporters.ts';
import type { ExportLimits } from './limits.ts';
import type { TemplateField } from './plan.ts';

/** Templates and sampling rates of all exporters, as JSON can hold them. */
export interface SavedExporters {
  readonly format: 1;
  readonly exporters: readonly SavedExporter[];
}

interface SavedExporter {
  readonly address: string;
  readonly domains: readonly SavedDomain[];
}

interface SavedDomain {
  readonly version: number;
  readonly id: number;
  /** Microseconds since the epoch; 0: not told. */
  readonly systemInit: number;
  readonly templates: readonly SavedTemplate[];
  readonly sampling: {
    readonly whole: number;
    readonly selectors: readonly (readonly [number, number])[];
    readonly interfaces: readonly (readonly [number, number])[];
    readonly templates: readonly (readonly [number, number])[];
    readonly sequences: readonly (readonly [number, number])[];
  };
}

interface SavedTemplate {
  readonly id: number;
  readonly scopes: number;
  /** Milliseconds since the epoch: when it was sent last. */
  readonly defined: number;
  /** Enterprise, element and length of each field. */
  readonly fields: readonly (readonly [number, number, number])[];
}

/** What is worth keeping over a restart: all templates that still hold, and all sampling rates. */
export function saveExporters(registry: ExporterRegistry): SavedExporters {
  const exporters: SavedExporter[] = [];
  for (const exporter of registry.exporters.values()) {
    const domains: SavedDomain[] = [];
    for (const domain of exporter.domains.values()) {
      const { sampling } = domain;
      const templates: SavedTemplate[] = [];
      for (const { id, scopes, defined, fields, stale } of domain.templates.values()) {
        if (stale) continue;
        const saved = fields.map((field) => [field.enterprise, field.element, field.length] as const);
        templates.push({ id, scopes, defined, fields: saved });
      }
      domains.push({
        version: domain.version,
        id: domain.id,
        systemInit: domain.systemInit,
        templates,
        sampling: {
          whole: sampling.whole,
          selectors: [...sampling.selectors],
          interfaces: [...sampling.interfaces],
          templates: [...sampling.templates],
          sequences: [...sampling.sequences],
        },
      });
    }
    exporters.push({ address: exporter.address, domains });
  }
  return { format: 1, exporters };
}

/**
 * Takes what saveExporters made, within the limits. The file may be old, cut or from elsewhere: what is not as it
 * should be is left out. Returns how many entries were.
 */
export function restoreExporters(
  saved: unknown,
  registry: ExporterRegistry,
  limits: ExportLimits,
  now: number,
): number {
  const root = record(saved);
  if (root?.['format'] !== 1) return 1;
  let refused = 0;
  for (const entry of list(root['exporters'])) {
    const address = record(entry)?.['address'];
    const exporter =
      typeof address === 'string' && address !== '' ? registry.exporter(address, now) : undefined;
    if (exporter === undefined) {
      refused++;
      continue;
    }
    for (const savedDomain of list(record(entry)!['domains'])) {
      const of = record(savedDomain);
      const domain =
        of !== undefined && isCount(of['version'], 0xffff) && isCount(of['id'], 0xffffffff)
          ? registry.domain(exporter, of['version'], of['id'], now)
          : undefined;
      if (domain === undefined) {
        refused++;
        continue;
      }
      if (isCount(of!['systemInit'], Number.MAX_SAFE_INTEGER)) domain.systemInit = of!['systemInit'];
      for (const template of list(of!['templates'])) {
        const kept = record(template);
        const fields = fieldsOf(kept?.['fields'], limits.fields);
        const taken =
          kept !== undefined &&
          fields !== undefined &&
          isCount(kept['id'], 0xffff) &&
          isCount(kept['scopes'], fields.length) &&
          isTime(kept['defined'], now) &&
          registry.define(domain, kept['id'], fields, kept['scopes'], kept['defined']);
        if (!taken) refused++;
      }
      const sampling = record(of!['sampling']);
      const { whole } = sampling ?? {};
      if (isRate(whole)) domain.sampling.whole = whole;
      for (const kind of ['selectors', 'interfaces', 'templates', 'sequences'] as const) {
        for (const pair of list(sampling?.[kind])) {
          const [id, rate] = list(pair);
          const good =
            isCount(id, Number.MAX_VALUE) &&
            isRate(rate) &&
            domain.sampling.set(domain.sampling[kind], id, rate);
          if (!good) refused++;
        }
      }
    }
  }
  return refused;
}

function fieldsOf(value: unknown, most: number): TemplateField[] | undefined {
  const fields: TemplateField[] = [];
  for (const entry of list(value)) {
    const [enterprise, element, length] = list(entry);
    if (!isCount(enterprise, 0xffffffff) || !isCount(element, 0xffff) || !isCount(length, 0xffff))
      return undefined;
    if (fields.push({ enterprise, element, length }) > most) return undefined;
  }
  return fields.length === 0 ? undefined : fields;
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isCount(value: unknown, most: number): value is number {
  return typeof value === 'number' && value >= 0 && value <= most && Math.floor(value) === value;
}

function isTime(value: unknown, now: number): value is number {
  return typeof value === 'number' && value >= 0 && value <= now;
}

function isRate(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}

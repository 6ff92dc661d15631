import {
  type ExportCounters,
  NOTE_TEMPLATE_EVICTED,
  NOTE_TEMPLATE_EXPIRED,
  NOTE_TEMPLATE_REPLACED,
} from './counters.ts';
import type { HeldSet } from './held.ts';
import type { ExportLimits } from './limits.ts';
import { ExporterNumbers } from './numbers.ts';
import { type Plan, type TemplateField, compilePlan } from './plan.ts';
import { SamplingRates } from './sampling.ts';
import { NumberConvention, SequenceTracker } from './sequence.ts';

/** What is configured for an exporter. */
export interface ExporterSettings {
  /** The sampling rate where the exporter tells none; then nothing waits for one to be told. */
  readonly samplingRate?: number;
  /** Whose clock times are in: the exporter's, or the receiver's, to which they are shifted by the difference of
   * export and receive time. Default exporter. */
  readonly clock?: 'exporter' | 'receiver';
}

/** A template as it is kept: its fields for comparing and saving, its plan for reading. */
export interface Template {
  readonly id: number;
  readonly fields: readonly TemplateField[];
  /** How many of the fields are scope; 0: a template of flow records. */
  readonly scopes: number;
  readonly plan: Plan;
  /** Milliseconds since the epoch: when it was sent last, and when data used it last. */
  defined: number;
  used: number;
  /** From before the exporter's restart: its number may mean something else now. */
  stale: boolean;
}

/** One observation domain of an exporter, in one protocol version (v5: one engine). */
export class Domain {
  readonly exporter: Exporter;
  readonly version: number;
  readonly id: number;
  readonly templates = new Map<number, Template>();
  readonly sampling: SamplingRates;
  readonly sequence = new SequenceTracker();
  readonly numbers = new NumberConvention();
  /** Data sets that wait for their template, by set id, and those that wait for a sampling rate. */
  readonly waitingTemplate = new Map<number, HeldSet[]>();
  readonly waitingSampling: HeldSet[] = [];
  /** Sampler ids without a rate, and when each was first seen (milliseconds). */
  readonly unknownSamplers = new Map<number, number>();
  /** Milliseconds since the epoch. */
  readonly firstSeen: number;
  lastSeen: number;
  /** v9: sysUpTime of the latest header, and the boot time that follows from it, in milliseconds; -1: none yet. */
  uptime = -1;
  boot = 0;
  /** The best estimate of the boot time: headers say the time in whole seconds, so the latest of the times that follow
   * from them is nearest. */
  bootEstimate = 0;
  /** systemInitTimeMilliseconds of options data, in microseconds; 0: not told. */
  systemInit = 0;
  /** notSentFlowTotalCount of options data: flows that the exporter itself lost. */
  notSentFlows = 0;
  /** Data sets that waited for their template in vain, or had no room to. */
  missedSets = 0;
  /** v9 counts datagrams: these times the mean of records in one are the records lost. */
  datagrams = 0;
  records = 0;

  constructor(exporter: Exporter, version: number, id: number, now: number, samplers: number) {
    this.exporter = exporter;
    this.version = version;
    this.id = id;
    this.firstSeen = now;
    this.lastSeen = now;
    this.sampling = new SamplingRates(samplers);
  }

  /** Flow records that were lost on the way, by the sequence numbers (S5.3); for v9 an estimate. */
  get lostRecords(): number {
    const perUnit = this.version === 9 ? this.records / Math.max(1, this.datagrams) : 1;
    return Math.round(this.sequence.lost * perUnit);
  }
}

/** One exporter, by its address; never by its port, which changes with a restart or a translation. */
export class Exporter {
  readonly address: string;
  /** In the `exporter` column of rows. */
  readonly number: number;
  readonly settings: ExporterSettings;
  readonly domains = new Map<number, Domain>();
  templates = 0;
  heldBytes = 0;
  /** Milliseconds since the epoch. */
  lastSeen: number;

  constructor(address: string, number: number, settings: ExporterSettings, now: number) {
    this.address = address;
    this.number = number;
    this.settings = settings;
    this.lastSeen = now;
  }
}

/** All exporters with their domains and templates, within ExportLimits. */
export class ExporterRegistry {
  readonly exporters = new Map<string, Exporter>();
  readonly numbers = new ExporterNumbers();
  readonly #limits: ExportLimits;
  readonly #counters: ExportCounters;
  readonly #settings: (address: string) => ExporterSettings;
  #templates = 0;

  constructor(
    limits: ExportLimits,
    counters: ExportCounters,
    settings: (address: string) => ExporterSettings,
  ) {
    this.#limits = limits;
    this.#counters = counters;
    this.#settings = settings;
  }

  get templates(): number {
    return this.#templates;
  }

  /** The exporter with that address, known or made now; undefined when there are too many. */
  exporter(address: string, now: number): Exporter | undefined {
    const known = this.exporters.get(address);
    if (known !== undefined) return known;
    if (this.exporters.size >= this.#limits.exporters && !this.#makeRoom(now)) return undefined;
    const exporter = new Exporter(address, this.numbers.of(address), this.#settings(address), now);
    this.exporters.set(address, exporter);
    return exporter;
  }

  /** An exporter for one stream (RFC 7011, section 8.4: templates live as long as it); not in `exporters`. */
  stream(address: string, now: number): Exporter {
    return new Exporter(address, this.numbers.of(address), this.#settings(address), now);
  }

  /** Forgets an exporter and all it has: the end of a stream. */
  remove(exporter: Exporter): void {
    for (const domain of exporter.domains.values()) this.removeTemplates(domain);
    exporter.domains.clear();
    if (this.exporters.get(exporter.address) === exporter) this.exporters.delete(exporter.address);
  }

  /** A domain of an exporter, known or made now; undefined when there are too many. */
  domain(exporter: Exporter, version: number, id: number, now: number): Domain | undefined {
    const key = version * 0x1_0000_0000 + id;
    const known = exporter.domains.get(key);
    if (known !== undefined) return known;
    if (exporter.domains.size >= this.#limits.domains && !this.#makeDomainRoom(exporter, now))
      return undefined;
    const domain = new Domain(exporter, version, id, now, this.#limits.samplers);
    exporter.domains.set(key, domain);
    return domain;
  }

  /**
   * Keeps a template. False when its records would be empty, or there is no room; then an earlier one with its id
   * is gone too, since records no longer mean what it says.
   */
  define(domain: Domain, id: number, fields: readonly TemplateField[], scopes: number, now: number): boolean {
    const known = domain.templates.get(id);
    if (known !== undefined && known.scopes === scopes && sameFields(known.fields, fields)) {
      known.defined = now;
      known.stale = false;
      return true;
    }
    if (known !== undefined) this.removeTemplate(domain, id);
    const plan = compilePlan(fields, scopes > 0);
    if (plan === undefined || !this.#makeTemplateRoom(domain.exporter)) return false;
    if (known !== undefined) this.#counters.notes[NOTE_TEMPLATE_REPLACED]!++;
    domain.templates.set(id, { id, fields, scopes, plan, defined: now, used: now, stale: false });
    domain.exporter.templates++;
    this.#templates++;
    return true;
  }

  removeTemplate(domain: Domain, id: number): void {
    if (!domain.templates.delete(id)) return;
    domain.exporter.templates--;
    this.#templates--;
  }

  /** All templates of a domain, or only those of options, or only those of flows. */
  removeTemplates(domain: Domain, options?: boolean): void {
    for (const template of domain.templates.values())
      if (options === undefined || template.scopes > 0 === options) this.removeTemplate(domain, template.id);
  }

  /** Drops templates that were not sent again for too long. */
  expire(now: number): void {
    const before = now - this.#limits.templateLifetime;
    for (const exporter of this.exporters.values())
      for (const domain of exporter.domains.values())
        for (const template of domain.templates.values())
          if (template.defined < before) {
            this.removeTemplate(domain, template.id);
            this.#counters.notes[NOTE_TEMPLATE_EXPIRED]!++;
          }
  }

  #makeRoom(now: number): boolean {
    const before = now - this.#limits.idle;
    for (const exporter of this.exporters.values())
      if (exporter.lastSeen < before && exporter.heldBytes === 0) {
        this.remove(exporter);
        return true;
      }
    return false;
  }

  #makeDomainRoom(exporter: Exporter, now: number): boolean {
    const before = now - this.#limits.idle;
    for (const [key, domain] of exporter.domains)
      if (
        domain.lastSeen < before &&
        domain.waitingTemplate.size === 0 &&
        domain.waitingSampling.length === 0
      ) {
        this.removeTemplates(domain);
        exporter.domains.delete(key);
        return true;
      }
    return false;
  }

  /** The exporter gives up its own least recently used template; what another one has is never touched. */
  #makeTemplateRoom(exporter: Exporter): boolean {
    if (exporter.templates < this.#limits.templates && this.#templates < this.#limits.templatesInAll)
      return true;
    let oldest: Template | undefined;
    let owner: Domain | undefined;
    for (const domain of exporter.domains.values())
      for (const template of domain.templates.values())
        if (oldest === undefined || template.used < oldest.used) {
          oldest = template;
          owner = domain;
        }
    if (oldest === undefined || owner === undefined) return false;
    this.removeTemplate(owner, oldest.id);
    this.#counters.notes[NOTE_TEMPLATE_EVICTED]!++;
    return true;
  }
}

function sameFields(a: readonly TemplateField[], b: readonly TemplateField[]): boolean {
  return (
    a.length === b.length &&
    a.every((field, i) => {
      const other = b[i]!;
      return (
        field.element === other.element &&
        field.length === other.length &&
        field.enterprise === other.enterprise
      );
    })
  );
}

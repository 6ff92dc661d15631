import type { ExportContext } from './context.ts';
import {
  type ExportCounters,
  NOTE_SAMPLING_EARLY,
  NOTE_TEMPLATE_EXPIRED,
  NOTE_TEMPLATE_STALE,
  REJECT_RECORD_MALFORMED,
  REJECT_TEMPLATE_LIMIT,
  REJECT_TEMPLATE_MISSING,
} from './counters.ts';
import type { Domain, ExporterRegistry, Template } from './exporters.ts';
import { type HeldSet, HeldSets } from './held.ts';
import type { ExportLimits } from './limits.ts';
import { readOptions } from './options.ts';
import { type Plan, type TemplateField, walkRecord } from './plan.ts';
import { RowRates } from './rates.ts';
import type { RowBuilder } from './rows.ts';
import { needsBoot } from './times.ts';
import { CHUNK, Values } from './values.ts';

const MILLIS = 1000;

/**
 * What NetFlow v9 and IPFIX have in common below their headers: data sets, read by the plans of templates; those
 * that have to wait; options data.
 */
export class RecordReader {
  readonly #registry: ExporterRegistry;
  readonly #rows: RowBuilder;
  readonly #limits: ExportLimits;
  readonly #counters: ExportCounters;
  readonly #values = new Values();
  readonly #rates: RowRates;
  readonly #held: HeldSets;
  readonly #starts: Uint32Array;
  readonly #lengths: Uint16Array;
  /** Where the walk of records of varying length has got to. */
  #walked = 0;

  constructor(registry: ExporterRegistry, rows: RowBuilder, limits: ExportLimits, counters: ExportCounters) {
    this.#registry = registry;
    this.#rows = rows;
    this.#limits = limits;
    this.#counters = counters;
    this.#rates = new RowRates(limits, counters);
    this.#held = new HeldSets(limits);
    this.#starts = new Uint32Array(limits.fields);
    this.#lengths = new Uint16Array(limits.fields);
  }

  /** Takes a template, and reads what waited for it. Returns whether it was taken. */
  define(domain: Domain, id: number, fields: readonly TemplateField[], scopes: number, now: number): boolean {
    const known = domain.templates.get(id);
    const waited = known === undefined || known.stale;
    if (fields.length > this.#limits.fields) {
      this.#registry.removeTemplate(domain, id);
      this.#counters.rejected[REJECT_TEMPLATE_LIMIT]!++;
      return false;
    }
    if (!this.#registry.define(domain, id, fields, scopes, now)) {
      this.#counters.rejected[REJECT_TEMPLATE_LIMIT]!++;
      return false;
    }
    this.#counters.templates++;
    if (waited) {
      for (const set of this.#held.takeForTemplate(domain, id)) {
        this.#counters.heldSets--;
        this.#read(set, domain.templates.get(id)!, now, false);
      }
    }
    return true;
  }

  /**
   * Reads the data set `id`, whose records are bytes[at, end), or keeps it until its template comes. Returns the
   * number of its records, -1 when that is not known.
   */
  dataSet(
    context: ExportContext,
    id: number,
    bytes: Uint8Array,
    view: DataView,
    at: number,
    end: number,
    now: number,
  ): number {
    const { domain } = context;
    this.#counters.dataSets++;
    const template = domain.templates.get(id);
    if (template !== undefined && template.defined < now - this.#limits.templateLifetime) {
      this.#registry.removeTemplate(domain, id);
      this.#counters.notes[NOTE_TEMPLATE_EXPIRED]!++;
    } else if (template !== undefined && !template.stale) {
      return this.#records(context, template, bytes, view, at, end, now, now, false);
    }
    const deadline = now + this.#limits.holdForTemplate;
    if (!this.#hold({ setId: id, bytes: bytes.slice(at, end), context, template: undefined, deadline })) {
      if (template?.stale === true) return this.#stale(context, template, bytes, view, at, end, now);
      this.#giveUp(domain);
    }
    return -1;
  }

  /** Data whose template did not come. */
  #giveUp(domain: Domain): void {
    this.#counters.rejected[REJECT_TEMPLATE_MISSING]!++;
    domain.missedSets++;
  }

  /** Reads or gives up what has waited long enough. `all`: nothing more comes. */
  release(now: number, all: boolean): void {
    for (const domain of this.#held.domains) this.releaseDomain(domain, now, all);
  }

  releaseDomain(domain: Domain, now: number, all: boolean): void {
    for (const set of this.#held.takeDue(domain, all ? Infinity : now)) {
      this.#counters.heldSets--;
      if (set.template !== undefined) this.#read(set, set.template, now, true);
      else {
        const template = domain.templates.get(set.setId);
        if (template === undefined) this.#giveUp(domain);
        else {
          // Only a template from before a restart leaves data waiting: nothing newer came.
          if (template.stale) this.#counters.notes[NOTE_TEMPLATE_STALE]!++;
          this.#read(set, template, now, true);
        }
      }
    }
  }

  get heldBytes(): number {
    return this.#held.bytes;
  }

  #read(set: HeldSet, template: Template, now: number, final: boolean): void {
    const { bytes } = set;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    // Rates are waited for from when the set came, not from when its template did.
    const came = set.context.receiveMicros / MILLIS;
    const waited = final || came + this.#limits.holdForSampling <= now;
    this.#records(set.context, template, bytes, view, 0, bytes.length, came, now, waited);
  }

  #stale(
    context: ExportContext,
    template: Template,
    bytes: Uint8Array,
    view: DataView,
    at: number,
    end: number,
    now: number,
  ): number {
    this.#counters.notes[NOTE_TEMPLATE_STALE]!++;
    return this.#records(context, template, bytes, view, at, end, now, now, false);
  }

  #hold(set: HeldSet): boolean {
    if (!this.#held.fits(set.context.domain, set.bytes.length)) return false;
    this.#held.hold(set);
    this.#counters.heldSets++;
    return true;
  }

  /** Reads records chunk by chunk. Returns how many there are. */
  #records(
    context: ExportContext,
    template: Template,
    bytes: Uint8Array,
    view: DataView,
    at: number,
    end: number,
    came: number,
    now: number,
    final: boolean,
  ): number {
    const { plan } = template;
    template.used = now;
    let records = 0;
    let next = at;
    let waits = !final;
    this.#values.use(plan);
    while (end - next >= plan.minimum) {
      const from = next;
      const count =
        plan.stride === 0
          ? this.#walk(plan, bytes, view, next, end, context)
          : Math.min(CHUNK, Math.floor((end - next) / plan.stride));
      if (plan.stride === 0) next = this.#walked;
      else {
        this.#values.readColumns(plan, view, next, count, context.exportMicros);
        next += count * plan.stride;
      }
      if (count === 0) break;
      if (plan.options) this.#options(plan, count, context, now);
      else if (
        !this.#rates.resolve(plan, template.id, this.#values, count, context.domain, came, !waits) ||
        (waits && this.#lacksBoot(plan, context, came))
      ) {
        // The rest of the set waits, so that its rows stay in order.
        const rest = this.#wait(context, template, bytes, from, end, came);
        if (rest) return records + countRecords(plan, bytes, from, end, this.#starts, this.#lengths);
        waits = false;
        this.#rates.resolve(plan, template.id, this.#values, count, context.domain, came, true);
        this.#rows.append(plan, this.#values, count, this.#rates.rates, context);
      } else this.#rows.append(plan, this.#values, count, this.#rates.rates, context);
      records += count;
    }
    this.#counters.decodedSets++;
    return records;
  }

  /** IPFIX headers have no sysUpTime: whether options may yet tell what the records' counts from. */
  #lacksBoot(plan: Plan, context: ExportContext, came: number): boolean {
    const { domain } = context;
    return (
      context.bootMicros === 0 &&
      domain.systemInit === 0 &&
      came - domain.firstSeen < this.#limits.holdForSampling &&
      needsBoot(plan)
    );
  }

  /** Keeps the rest of a set until its sampling rate (or the boot time) is known; false when there is no room for it. */
  #wait(
    context: ExportContext,
    template: Template,
    bytes: Uint8Array,
    from: number,
    end: number,
    came: number,
  ): boolean {
    const deadline = came + this.#limits.holdForSampling;
    if (this.#hold({ setId: template.id, bytes: bytes.slice(from, end), context, template, deadline }))
      return true;
    this.#counters.notes[NOTE_SAMPLING_EARLY]!++;
    return false;
  }

  /** Reads up to CHUNK records of varying length; sets #walked to where the next one is. */
  #walk(
    plan: Plan,
    bytes: Uint8Array,
    view: DataView,
    at: number,
    end: number,
    context: ExportContext,
  ): number {
    let count = 0;
    while (count < CHUNK && end - at >= plan.minimum) {
      const size = walkRecord(plan, bytes, at, end, this.#starts, this.#lengths);
      if (size < 0) {
        // What follows cannot be found: a padding longer than the shortest record looks the same.
        if (!isPadding(bytes, at, end)) {
          this.#counters.rejected[REJECT_RECORD_MALFORMED]!++;
          this.#counters.records++;
        }
        at = end;
        break;
      }
      this.#values.readRecord(plan, view, this.#starts, this.#lengths, count, context.exportMicros);
      count++;
      at += size;
    }
    this.#walked = at;
    return count;
  }

  #options(plan: Plan, count: number, context: ExportContext, now: number): void {
    this.#counters.records += count;
    this.#counters.optionsRecords += count;
    if (!readOptions(plan, this.#values, count, context.domain)) return;
    const waiting = this.#held.takeForSampling(context.domain);
    if (waiting.length === 0) return;
    this.#counters.heldSets -= waiting.length;
    for (const set of waiting) this.#read(set, set.template!, now, false);
    // The columns now hold what those sets said: they are read anew for the set that goes on.
    this.#values.use(plan);
  }
}

/** Whether only zeros are left. */
function isPadding(bytes: Uint8Array, at: number, end: number): boolean {
  for (let i = at; i < end; i++) if (bytes[i] !== 0) return false;
  return true;
}

function countRecords(
  plan: Plan,
  bytes: Uint8Array,
  at: number,
  end: number,
  starts: Uint32Array,
  lengths: Uint16Array,
): number {
  if (plan.stride !== 0) return Math.floor((end - at) / plan.stride);
  let count = 0;
  while (end - at >= plan.minimum) {
    const size = walkRecord(plan, bytes, at, end, starts, lengths);
    if (size < 0) break;
    count++;
    at += size;
  }
  return count;
}

import { type ExportField, writeNumber } from './elements.ts';
import type { FlowExport } from './flow.ts';

/** Bytes of a datagram: what passes an Ethernet with an IPv6 and a UDP header. */
const DATAGRAM_BYTES = 1452;
const WORD = 0x1_0000_0000;
const FIRST_TEMPLATE = 256;

/** A scope field of options: its type (v9: RFC 3954, section 6.1; IPFIX: an element) and octets. */
export interface ScopeField {
  readonly element: number;
  readonly length: number;
}

/** An element of options data and its octets. */
export type OptionField = ScopeField;

/** What version 9 and IPFIX do differently. */
export interface TemplateProtocol {
  readonly version: 9 | 10;
  readonly headerBytes: number;
  readonly templateSet: number;
  readonly optionsSet: number;
}

/**
 * Writes datagrams of template-based exports: sets of templates, options templates, data and options data, in any order.
 * A set stays open while records of one template follow each other. The bytes are reused from datagram to datagram.
 */
export class TemplateEncoder {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #protocol: TemplateProtocol;
  readonly #boot: number;
  readonly #domain: number;
  readonly #templates = new Map<number, readonly ExportField[]>();
  #at: number;
  /** Where the open set begins; 0: none is open. */
  #set = 0;
  #setId = 0;
  /** Records of all kinds, and data records, of this datagram. */
  #records = 0;
  #dataRecords = 0;
  #sequence: number;

  /** `boot`: milliseconds since the epoch. `size`: the most bytes of a datagram. */
  constructor(
    protocol: TemplateProtocol,
    options: {
      readonly boot: number;
      readonly domain?: number;
      readonly sequence?: number;
      readonly size?: number;
    },
  ) {
    this.#protocol = protocol;
    this.#boot = options.boot;
    this.#domain = options.domain ?? 0;
    this.#sequence = options.sequence ?? 0;
    this.bytes = new Uint8Array(options.size ?? DATAGRAM_BYTES);
    this.#view = new DataView(this.bytes.buffer);
    this.#at = protocol.headerBytes;
  }

  /** Octets that are left in the datagram. */
  get room(): number {
    return this.bytes.length - this.#at;
  }

  /** Writes a template, and remembers it for add(). */
  template(id: number, fields: readonly ExportField[]): void {
    this.#templates.set(id, fields);
    this.#open(this.#protocol.templateSet);
    this.#write16(id);
    this.#write16(fields.length);
    for (const field of fields) this.#specifier(field);
    this.#records++;
  }

  /** Writes an options template. */
  optionsTemplate(id: number, scopes: readonly ScopeField[], fields: readonly OptionField[]): void {
    this.#open(this.#protocol.optionsSet);
    this.#write16(id);
    if (this.#protocol.version === 9) {
      this.#write16(4 * scopes.length);
      this.#write16(4 * fields.length);
    } else {
      this.#write16(scopes.length + fields.length);
      this.#write16(scopes.length);
    }
    for (const field of [...scopes, ...fields]) this.#specifier(field);
    this.#records++;
  }

  /** IPFIX over a stream: takes a template back (RFC 7011, section 8.1). */
  withdraw(id: number): void {
    this.#templates.delete(id);
    this.#open(this.#protocol.templateSet);
    this.#write16(id);
    this.#write16(0);
    this.#records++;
  }

  /** Writes one options record: values as the options template has scopes and fields. */
  options(id: number, values: readonly (readonly [length: number, value: number])[]): void {
    this.#open(id);
    for (const [length, value] of values) {
      writeNumber(this.#view, this.#at, length, value);
      this.#at += length;
    }
    this.#records++;
    this.#dataRecords++;
  }

  /**
   * Writes a flow by a template that was written before, exported at `now` (milliseconds since the epoch). False, and
   * nothing written, when the datagram has no room for it: then end it first.
   */
  add(id: number, flow: FlowExport, now: number): boolean {
    const fields = this.#templates.get(id);
    if (fields === undefined || id < FIRST_TEMPLATE) throw new Error(`no template ${id} was written`);
    let length = 0;
    for (const field of fields) length += field.length;
    // A new set's header, and the padding of the one before and of this one.
    if (this.room < length + (this.#set !== 0 && this.#setId === id ? 3 : 10)) return false;
    this.#open(id);
    const times = { boot: this.#boot, exported: Math.floor(now / 1000) * 1000 };
    for (const field of fields) {
      field.write(this.#view, this.#at, flow, times);
      this.#at += field.length;
    }
    this.#records++;
    this.#dataRecords++;
    return true;
  }

  /** Ends the datagram, exported at `now` (milliseconds since the epoch): its bytes, until the next record. */
  end(now: number): Uint8Array {
    this.#close();
    const view = this.#view;
    const length = this.#at;
    view.setUint16(0, this.#protocol.version);
    if (this.#protocol.version === 9) {
      view.setUint16(2, this.#records);
      view.setUint32(4, (((now - this.#boot) % WORD) + WORD) % WORD);
      view.setUint32(8, Math.floor(now / 1000));
      view.setUint32(12, this.#sequence);
      view.setUint32(16, this.#domain);
      this.#sequence = (this.#sequence + 1) % WORD;
    } else {
      view.setUint16(2, length);
      view.setUint32(4, Math.floor(now / 1000));
      view.setUint32(8, this.#sequence);
      view.setUint32(12, this.#domain);
      this.#sequence = (this.#sequence + this.#dataRecords) % WORD;
    }
    this.#records = 0;
    this.#dataRecords = 0;
    this.#at = this.#protocol.headerBytes;
    return this.bytes.subarray(0, length);
  }

  #specifier(field: {
    readonly element: number;
    readonly length: number;
    readonly enterprise?: number;
  }): void {
    const enterprise = field.enterprise ?? 0;
    this.#write16(enterprise === 0 ? field.element : field.element | 0x8000);
    this.#write16(field.length);
    if (enterprise !== 0) {
      this.#write16(enterprise >>> 16);
      this.#write16(enterprise & 0xffff);
    }
  }

  #write16(value: number): void {
    this.#view.setUint16(this.#at, value);
    this.#at += 2;
  }

  #open(id: number): void {
    if (this.#set !== 0 && this.#setId === id) return;
    this.#close();
    this.#set = this.#at;
    this.#setId = id;
    this.#write16(id);
    this.#write16(0);
  }

  /** Pads the open set to 4 octets and writes its length. */
  #close(): void {
    if (this.#set === 0) return;
    while ((this.#at & 3) !== 0) this.bytes[this.#at++] = 0;
    this.#view.setUint16(this.#set + 2, this.#at - this.#set);
    this.#set = 0;
  }
}

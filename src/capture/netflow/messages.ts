import {
  FIRST_DATA_SET,
  IPFIX_HEADER_BYTES,
  IPFIX_OPTIONS_TEMPLATE_SET,
  IPFIX_TEMPLATE_SET,
  SET_HEADER_BYTES,
  V9_HEADER_BYTES,
  V9_OPTIONS_TEMPLATE_SET,
  V9_TEMPLATE_SET,
} from './constants.ts';
import type { ExportContext } from './context.ts';
import {
  type ExportCounters,
  REJECT_SET_MALFORMED,
  REJECT_SET_RESERVED,
  REJECT_TEMPLATE_MALFORMED,
  REJECT_WITHDRAWAL_IGNORED,
} from './counters.ts';
import type { Domain, ExporterRegistry } from './exporters.ts';
import type { RecordReader } from './records.ts';
import { readIpfixTemplates, readV9OptionsTemplates, readV9Templates } from './sets.ts';

/** The sets of a message, told apart by what their ids mean. A set that cannot be read costs none of the others. */
export class MessageReader {
  readonly #records: RecordReader;
  readonly #registry: ExporterRegistry;
  readonly #counters: ExportCounters;

  constructor(records: RecordReader, registry: ExporterRegistry, counters: ExportCounters) {
    this.#records = records;
    this.#registry = registry;
    this.#counters = counters;
  }

  /**
   * NetFlow v9 (RFC 3954, section 5):
   *
   *   header   version 2 | count 2 | sysUptime 4 | unix_secs 4 | sequence 4 | source id 4
   *   flowset  id 2 | length 2 | records
   *
   * Reads the flowsets of the message in bytes[from, to). The header's count of records is not looked at: exporters
   * do not agree what it counts. Returns the number of data records, as far as it is known.
   */
  readV9(
    context: ExportContext,
    bytes: Uint8Array,
    view: DataView,
    from: number,
    to: number,
    now: number,
  ): number {
    const { domain } = context;
    let records = 0;
    let at = from + V9_HEADER_BYTES;
    while (to - at >= SET_HEADER_BYTES) {
      const id = view.getUint16(at, false);
      const length = view.getUint16(at + 2, false);
      // Some exporters end a datagram with zeros.
      if (length === 0 && id === 0) break;
      if (length < SET_HEADER_BYTES || length > to - at) {
        this.#counters.rejected[REJECT_SET_MALFORMED]!++;
        break;
      }
      const body = at + SET_HEADER_BYTES;
      at += length;
      if (id >= FIRST_DATA_SET) {
        records += Math.max(0, this.#records.dataSet(context, id, bytes, view, body, at, now));
      } else if (id === V9_TEMPLATE_SET) {
        this.#taken(readV9Templates(this.#records, domain, view, body, at, now));
      } else if (id === V9_OPTIONS_TEMPLATE_SET) {
        this.#taken(readV9OptionsTemplates(this.#records, domain, view, body, at, now));
      } else this.#counters.rejected[REJECT_SET_RESERVED]!++;
    }
    return records;
  }

  /**
   * IPFIX (RFC 7011, section 3.1):
   *
   *   header   version 2 | length 2 | export time 4 | sequence 4 | observation domain 4
   *   set      id 2 | length 2 | records
   *
   * Reads the sets of the message in bytes[from, to). Over UDP (`stream` false) withdrawals are not listened to.
   * Returns the number of data records, -1 when it is not known.
   */
  readIpfix(
    context: ExportContext,
    bytes: Uint8Array,
    view: DataView,
    from: number,
    to: number,
    stream: boolean,
    now: number,
  ): number {
    const { domain } = context;
    let records = 0;
    let known = true;
    let at = from + IPFIX_HEADER_BYTES;
    while (to - at >= SET_HEADER_BYTES) {
      const id = view.getUint16(at, false);
      const length = view.getUint16(at + 2, false);
      if (length < SET_HEADER_BYTES || length > to - at) {
        this.#counters.rejected[REJECT_SET_MALFORMED]!++;
        known = false;
        break;
      }
      const body = at + SET_HEADER_BYTES;
      at += length;
      if (id >= FIRST_DATA_SET) {
        const count = this.#records.dataSet(context, id, bytes, view, body, at, now);
        if (count < 0) known = false;
        else records += count;
      } else if (id === IPFIX_TEMPLATE_SET || id === IPFIX_OPTIONS_TEMPLATE_SET) {
        const options = id === IPFIX_OPTIONS_TEMPLATE_SET;
        this.#taken(
          readIpfixTemplates(
            this.#records,
            domain,
            view,
            body,
            at,
            options,
            (withdrawn) => this.#withdraw(domain, withdrawn, options, stream),
            now,
          ),
        );
      } else this.#counters.rejected[REJECT_SET_RESERVED]!++;
    }
    return known ? records : -1;
  }

  #taken(whole: boolean): void {
    if (!whole) this.#counters.rejected[REJECT_TEMPLATE_MALFORMED]!++;
  }

  #withdraw(domain: Domain, id: number, options: boolean, stream: boolean): void {
    if (!stream) {
      this.#counters.rejected[REJECT_WITHDRAWAL_IGNORED]!++;
      return;
    }
    this.#counters.withdrawals++;
    if (id === (options ? IPFIX_OPTIONS_TEMPLATE_SET : IPFIX_TEMPLATE_SET))
      this.#registry.removeTemplates(domain, options);
    else this.#registry.removeTemplate(domain, id);
  }
}

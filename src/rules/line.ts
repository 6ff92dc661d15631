/**
 * One line of a record as rules look at it: a flow, seen from the interface that records it. The writer keeps
 * one of these and fills it for each line: no object for each record.
 */
export interface Line {
  /** Number of the recording interface. */
  number: number;
  /** Number of the interface that the row names at the other side, NO_INTERFACE without one. */
  other: number;
  /** The line is of the side that the packets left; else of the side that they reached. */
  egress: boolean;
  six: boolean;
  /** The addresses that the packets carry, as words, IPv4 in the last. */
  readonly source: Int32Array;
  readonly destination: Int32Array;
  protocol: number;
  /** 0 where the protocol has none. */
  sourcePort: number;
  destinationPort: number;
  rejected: boolean;
  /** The side that sent these packets opened the connection, as far as was seen. */
  initiator: boolean;
}

export function newLine(): Line {
  return {
    number: 0,
    other: 0,
    egress: false,
    six: false,
    source: new Int32Array(4),
    destination: new Int32Array(4),
    protocol: 0,
    sourcePort: 0,
    destinationPort: 0,
    rejected: false,
    initiator: false,
  };
}

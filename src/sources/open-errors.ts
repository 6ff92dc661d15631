import { UserError, messageOf } from '../base/errors.ts';

const ACCEPTED = 'Weir reads pcap and pcapng captures, plain or compressed with gzip';

/** Other formats that people hold in their hands: magic numbers as hex, and what to do about it. */
const KNOWN: readonly (readonly [magic: string, advice: string])[] = [
  ['28b52ffd', 'it is compressed with zstd: decompress it first (zstd -dc FILE | weir record -)'],
  ['fd377a585a00', 'it is compressed with xz: decompress it first (xz -dc FILE | weir record -)'],
  ['425a68', 'it is compressed with bzip2: decompress it first (bzip2 -dc FILE | weir record -)'],
  ['04224d18', 'it is compressed with lz4: decompress it first (lz4 -dc FILE | weir record -)'],
  ['504b0304', 'it is a zip archive: unpack it first'],
  ['000a', 'it looks like an IPFIX file, which has to be named by its path'],
  ['736e6f6f70000000', 'it is a snoop capture: convert it first (editcap -F pcap FILE OUT)'],
];

/** The input begins with bytes of no capture format. `head` is the decompressed beginning. */
export function notACapture(name: string, head: Uint8Array): UserError {
  const hex = Buffer.from(head.subarray(0, 8)).toString('hex');
  const advice = KNOWN.find(([magic]) => hex.startsWith(magic))?.[1];
  const bytes = hex.replaceAll(/(..)(?=.)/g, '$1 ');
  return new UserError(`${name} is not a capture: it begins with ${bytes}; ${advice ?? ACCEPTED}`);
}

/** The input ended before its first byte. */
export function emptyInput(name: string): UserError {
  return new UserError(
    `${name} is empty: nothing was captured into it, or its copy was cut off. ${ACCEPTED}`,
  );
}

/** The first bytes of a compressed input could not be decompressed. */
export function unreadableInput(name: string, reason: string): UserError {
  return new UserError(`${name} cannot be read: ${reason}. ${ACCEPTED}`);
}

/** What the operating system said when a path was opened, with what to do. */
export function cannotOpen(path: string, error: unknown): UserError {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const options = { cause: error };
  switch (code) {
    case 'ENOENT':
      return new UserError(`${path}: there is no such file; check the path`, options);
    case 'ENOTDIR':
      return new UserError(`${path}: a part of the path is not a directory; check the path`, options);
    case 'EISDIR':
      return new UserError(`${path} is a directory; name the capture files in it (${path}/*.pcap)`, options);
    case 'EACCES':
    case 'EPERM':
      return new UserError(`${path}: reading is not permitted; check its mode and owner (ls -l)`, options);
    case 'ENXIO':
      return new UserError(
        `${path} is a socket; pipe the capture into standard input and name it -`,
        options,
      );
    default:
      return new UserError(`${path} cannot be opened: ${messageOf(error)}`, options);
  }
}

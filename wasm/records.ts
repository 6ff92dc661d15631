/**
 * What of records is WebAssembly: lines as text, and their deflate. This is AssemblyScript: TypeScript with machine
 * numbers and plain memory, compiled by `scripts/build-wasm.ts` into src/records/wasm/module.generated.ts. It knows no
 * errors: callers keep to the bounds that it exports.
 */
export { block, deflate, maxBlock, output } from './deflate/deflate';
export {
  lineInput,
  lineInputBytes,
  ops,
  opsBytes,
  printLines,
  texts,
  textsBytes,
  written,
} from './lines/lines';

/** For tests: a code, an address or a number at a time. */
export { codeLengths, codeWords } from './deflate/codes';
export { printIPv4, printIPv6 } from './lines/addresses';
export { printCount, printUint32 } from './lines/numbers';

/** The URL of a sibling module for `new Worker`: sources run as .ts, the published build as .js. */
export function siblingModule(name: string, importMetaUrl: string): URL {
  const extension = importMetaUrl.endsWith('.ts') ? '.ts' : '.js';
  return new URL(name + extension, importMetaUrl);
}

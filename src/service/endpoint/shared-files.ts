/** The format of the AWS tools' shared files: sections of names and values. */

/** Names and values of a section; none where it is not there. */
export function readSection(text: string, section: string): Map<string, string> {
  const out = new Map<string, string>();
  let inside = false;
  for (const line of text.split('\n')) {
    const header = /^\s*\[([^\]]*)\]/.exec(line);
    if (header !== null) inside = header[1]!.trim() === section;
    const pair = /^([A-Za-z0-9_]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (inside && pair !== null) out.set(pair[1]!, pair[2]!);
  }
  return out;
}

/** Sizes and times as people write them, in weir.yaml and in flags. */

const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
};
const TIME_UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };

/** `20 GiB`, `500MB`, `1048576` in bytes; undefined for what is no size. */
export function parseSize(text: string): number | undefined {
  return scaled(text, SIZE_UNITS);
}

/** `90s`, `12h`, `7d`, `60` in seconds; undefined for what is no length of time. */
export function parseDuration(text: string): number | undefined {
  return scaled(text, TIME_UNITS);
}

function scaled(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d{1,15})\s*([A-Za-z]*)$/.exec(text.trim());
  if (match === null) return undefined;
  const unit = match[2]!.toLowerCase();
  return Object.hasOwn(units, unit) ? Number(match[1]) * units[unit]! : undefined;
}

/** The seed that a variable of the environment says, which repeats a run, else any. */
export function seedFrom(variable: string): number {
  return Number(process.env[variable] ?? 1 + Math.floor(Math.random() * 1_000_000));
}

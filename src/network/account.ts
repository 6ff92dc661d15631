/** An account that owns resources. Declared, or named by a resource. */
export interface Account {
  readonly id: string;
  readonly name: string | undefined;
}

// A count with its noun.

/** `1 file`, `3 files`. `many` is the plural if it does not end with an additional s. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

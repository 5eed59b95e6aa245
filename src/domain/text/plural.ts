// A count with its noun.

/** `1 file`, `3 files`; `many` where an s is not enough. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

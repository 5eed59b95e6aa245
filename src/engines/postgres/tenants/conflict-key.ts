// The key of rows whose paths disagree.

/** A text that is no tenant's id, and needs no quotes in CSV. */
export function markNotIn(tenants: readonly string[]): string {
  const known = new Set(tenants)
  let mark = '!paths disagree'
  while (known.has(mark)) mark += '!'
  return mark
}

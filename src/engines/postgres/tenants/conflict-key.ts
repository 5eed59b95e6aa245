// The key that marks rows whose paths (foreign keys) lead to different tenants.

/** Returns a text that is not the ID of a tenant and that needs no quotes in CSV. */
export function markNotIn(tenants: readonly string[]): string {
  const known = new Set(tenants)
  let mark = '!paths disagree'
  while (known.has(mark)) mark += '!'
  return mark
}

// Finds names in SQL that PostgreSQL would look up in the search_path.

interface SqlNames {
  readonly functions: readonly string[]
  readonly relations: readonly string[]
  readonly types: readonly string[]
  readonly operators: readonly string[]
}

/** Our SQL has keywords in upper case and names in lower case. */
export function isSql(text: string): boolean {
  return /(^|\s|\()(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|FROM|JOIN|WHERE|LOCK TABLE|ALTER|CREATE|DROP|COMMENT ON|VALUES)\s/.test(
    text,
  )
}

/** Returns unqualified names. `§` stands for a substitution: a quoted name, or more SQL. */
export function namesIn(sql: string): SqlNames {
  const text = sql
    .replaceAll(/--[^\n]*/g, ' ')
    .replaceAll(/\bOPERATOR\(\s*pg_catalog\.[^)]*\)/g, ' ')
    .replaceAll(/E?'(?:[^']|'')*'/g, "''")
    .replaceAll(/"[^"]*"/g, '§')
  const defined = new Set(
    [...text.matchAll(/\b([a-z_]\w*)\s*(?:\([^()]*\))?\s+AS\s+(?:NOT\s+)?(?:MATERIALIZED\s+)?\(/g)].map(
      ([, name]) => name ?? '',
    ),
  )
  const calls = [...text.matchAll(/(?<![\w.§$])([a-z_]\w*)\(/g)].filter(
    ({ index, 1: name = '' }) =>
      !defined.has(name) && !/(\bAS\s+|\)\s+|\bORDINALITY\s+|\bINTO\s+\S*)$/.test(text.slice(0, index)),
  )
  const relations = [
    ...text.matchAll(
      /(?<!DISTINCT |epoch )\b(?:FROM|JOIN|INTO|UPDATE|ONLY)\s+(?:ONLY\s+|LATERAL\s+)?([a-z_]\w*)(?![\w.(§])/g,
    ),
  ]
  return {
    functions: calls.map(([, name = '']) => name),
    relations: relations.map(([, name = '']) => name).filter((name) => !defined.has(name)),
    types: [...text.matchAll(/::\s*([a-z_]\w*)(?![\w.§])/g)].map(([, name = '']) => name),
    operators: [...text.matchAll(/(?<=[\s\w)'\]])([+\-*/<>=~!@#%^&|?]{1,4})(?=[\s\w('$§-])/g)].map(
      ([, name = '']) => name,
    ),
  }
}

// A table's name as users write it: `Product`, `public.Product`, `"odd.schema"."T"`.

export interface TableName {
  readonly schema: string
  readonly table: string
}

const part = '(?:"((?:[^"]|"")+)"|([^".]+))'
const shape = new RegExp(`^(?:${part}\\.)?${part}$`)

/**
 * Parses a name without changing its case; the schema defaults to `public`. Undefined if the text is not a name. Names
 * with dots or quotes must be quoted.
 */
export function parseTableName(text: string): TableName | undefined {
  const match = shape.exec(text)
  if (!match) return undefined
  const [, quotedSchema, schema, quotedTable, table] = match
  return { schema: unquote(quotedSchema) ?? schema ?? 'public', table: unquote(quotedTable) ?? table ?? '' }
}

function unquote(quoted: string | undefined): string | undefined {
  return quoted?.replaceAll('""', '"')
}

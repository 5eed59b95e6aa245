// A table's name as people write it: `Product`, `public.Product`, `"odd.schema"."T"`.

export interface TableName {
  readonly schema: string
  readonly table: string
}

const part = '(?:"((?:[^"]|"")+)"|([^".]+))'
const shape = new RegExp(`^(?:${part}\\.)?${part}$`)

/**
 * The name, case kept, schema `public` where none is given; undefined if the text is not one. Dots and quotes need
 * quotes around.
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

// Parses the COPY statement that pg_dump writes for a table.
import { damaged } from './damage.ts'
import { readIdentifier, readQualifiedName } from './identifier.ts'

interface CopyStatement {
  readonly schema: string
  readonly table: string
  /** In the order of the data; empty for a table without columns. */
  readonly columns: readonly string[]
}

/**
 * Parses `COPY public."T" (id, "tenantId") FROM stdin;`. Returns unquoted names. Throws a Failure of kind `integrity`
 * for any other text.
 */
export function parseCopyStatement(statement: string): CopyStatement {
  const refuse = () => damaged(`could not parse a COPY statement: ${statement.slice(0, 200).trim()}`)
  if (!statement.startsWith('COPY ')) throw refuse()
  const name = readQualifiedName(statement, 5)
  if (name?.schema === undefined) throw refuse()
  const columns: string[] = []
  let at = skipSpaces(statement, name.end)
  if (statement[at] === '(') {
    do {
      const column = readIdentifier(statement, skipSpaces(statement, at + 1))
      if (column === undefined) throw refuse()
      columns.push(column.name)
      at = skipSpaces(statement, column.end)
    } while (statement[at] === ',')
    if (statement[at] !== ')') throw refuse()
    at = skipSpaces(statement, at + 1)
  }
  if (!/^FROM stdin;\s*$/.test(statement.slice(at))) throw refuse()
  return { schema: name.schema, table: name.name, columns }
}

function skipSpaces(text: string, at: number): number {
  while (text[at] === ' ') at++
  return at
}

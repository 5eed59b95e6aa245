// Quotes names and values in SQL, and writes operators and casts that do not depend on search_path.
import pg from 'pg'

/** Quotes an identifier: `"Product"`. */
export const id = pg.escapeIdentifier
/** Quotes a literal: `'text'`. */
export const text = pg.escapeLiteral

/** Operators with their schema: the database may define others with the same names. */
export const equal = 'OPERATOR(pg_catalog.=)'
export const unequal = 'OPERATOR(pg_catalog.<>)'
/** Use it instead of IN (SELECT …). */
export const inAny = `${equal} ANY`

/**
 * Returns an expression for the text of a value as PostgreSQL writes it, with collation C, so that any two can be
 * compared. `type`: from format_type. A type with a schema is not PostgreSQL's own and may have a cast to text, which
 * is code, so its cast is not used.
 */
export function asText(expression: string, type: string): string {
  return type.includes('.') ? asOutput(expression) : collated(`${expression}::pg_catalog.text`)
}

/** As `asText`, but with the trailing blanks of a bpchar, which a cast to text removes. */
export function asWritten(expression: string, type: string): string {
  return type === 'bpchar' ? asOutput(expression) : asText(expression, type)
}

function asOutput(expression: string): string {
  return collated(`CASE WHEN ${isNull(expression)} THEN NULL ELSE pg_catalog.concat(${expression}) END`)
}

function collated(written: string): string {
  return `(${written}) COLLATE pg_catalog."C"`
}

/** Not `IS NULL`, which is also true for a composite value whose fields are all NULL. */
export function isNull(expression: string): string {
  return `${expression} IS NOT DISTINCT FROM NULL`
}

/** The type of a column, `text` if it is not known. */
export function typeOf(
  { columns }: { readonly columns: readonly { readonly name: string; readonly type: string }[] },
  column: string,
): string {
  return columns.find(({ name }) => name === column)?.type ?? 'text'
}

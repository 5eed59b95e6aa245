// Names and texts in SQL, quoted by the driver, and what means the same under any search_path.
import pg from 'pg'

/** `"Product"`. */
export const id = pg.escapeIdentifier
/** `'text'`. */
export const text = pg.escapeLiteral

/** Operators by their schema: those of a database may have the same names. */
export const equal = 'OPERATOR(pg_catalog.=)'
export const unequal = 'OPERATOR(pg_catalog.<>)'
/** In the place of IN (SELECT …). */
export const inAny = `${equal} ANY`

/**
 * A value as PostgreSQL writes it, of one collation, so that any two can be compared. `type` as format_type gives it,
 * with a schema for types of the database: those may have a cast to text, which is code.
 */
export function asText(expression: string, type: string): string {
  return type.includes('.') ? asOutput(expression) : collated(`${expression}::pg_catalog.text`)
}

/** `asText` to the last character: a cast to text takes the blanks at the end of a bpchar away. */
export function asWritten(expression: string, type: string): string {
  return type === 'bpchar' ? asOutput(expression) : asText(expression, type)
}

function asOutput(expression: string): string {
  return collated(`CASE WHEN ${isNull(expression)} THEN NULL ELSE pg_catalog.concat(${expression}) END`)
}

function collated(written: string): string {
  return `(${written}) COLLATE pg_catalog."C"`
}

/** `IS NULL` is true of a composite value whose fields are all NULL, too. */
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

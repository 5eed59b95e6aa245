// The columns of the table that records runs, and the SQL that creates the table.

export interface Column {
  readonly name: string
  /** Type in CREATE TABLE, and in the SQL that corrects a column of a wrong type. */
  readonly type: string
  readonly required: boolean
  /** Types accepted in an existing table, as `format_type` returns them; `enum` is any enumeration. */
  readonly fits: readonly string[]
}

const text = ['text', 'character varying', 'character', 'citext']
const time = ['timestamp without time zone', 'timestamp with time zone']

/** In the order of the table, with the types that Prisma generates (docs/backup-run.md has the model). */
export const columns = [
  { name: 'id', type: 'TEXT', required: true, fits: text },
  { name: 'kind', type: 'TEXT', required: true, fits: [...text, 'enum'] },
  { name: 'trigger', type: 'TEXT', required: true, fits: [...text, 'enum'] },
  { name: 'status', type: 'TEXT', required: true, fits: [...text, 'enum'] },
  { name: 'startedAt', type: 'TIMESTAMP(3)', required: true, fits: time },
  { name: 'finishedAt', type: 'TIMESTAMP(3)', required: false, fits: time },
  { name: 'checksum', type: 'TEXT', required: false, fits: text },
  { name: 'manifest', type: 'TEXT', required: false, fits: text },
  { name: 'bytes', type: 'BIGINT', required: false, fits: ['bigint', 'numeric'] },
  { name: 'location', type: 'TEXT', required: false, fits: text },
  { name: 'error', type: 'TEXT', required: false, fits: text },
] as const satisfies readonly Column[]

export type ColumnName = (typeof columns)[number]['name']

/** Returns the CREATE TABLE statement; `table` is already quoted. */
export function createStatement(table: string): string {
  const lines = columns.map(({ name, type, required }) => `  "${name}" ${type}${required ? ' NOT NULL' : ''},`)
  return [`CREATE TABLE IF NOT EXISTS ${table} (`, ...lines, '  PRIMARY KEY ("id")', ');'].join('\n')
}

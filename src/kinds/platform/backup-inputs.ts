// Input rows of a backup of a whole database: what pg_dump includes, and how.
import { inputTable } from '../../inputs/kinds.ts'
import { postgresRows } from '../postgres-rows.ts'

const part = 'Contents'

export const backupInputs = inputTable({
  format: {
    kind: 'choice',
    choices: ['custom', 'plain', 'directory'],
    fallback: 'custom',
    summary: 'Format of pg_dump: custom (one stream), plain (SQL text) or directory (parallel, needs disk space)',
    group: part,
  },
  schema: { kind: 'lines', summary: 'Only these schemas (pg_dump patterns)', group: part, placeholder: 'PATTERN' },
  'exclude-schema': { kind: 'lines', summary: 'Exclude these schemas', group: part, placeholder: 'PATTERN' },
  table: {
    kind: 'lines',
    summary: 'Only these tables, such as public."Product"',
    group: part,
    placeholder: 'PATTERN',
  },
  'exclude-table': { kind: 'lines', summary: 'Exclude these tables', group: part, placeholder: 'PATTERN' },
  'exclude-table-data': {
    kind: 'lines',
    summary: 'Exclude the rows of these tables',
    group: part,
    placeholder: 'PATTERN',
  },
  parts: {
    kind: 'choice',
    choices: ['all', 'schema-only', 'data-only'],
    fallback: 'all',
    summary: 'Parts of the database to back up',
    group: part,
  },
  globals: {
    kind: 'flag',
    fallback: true,
    summary: 'Also back up roles and tablespaces, as globals.sql',
    group: part,
  },
  ...postgresRows,
  'allow-empty': {
    kind: 'flag',
    fallback: false,
    summary: 'Permit the backup of a database without tables',
    group: 'Proof',
  },
  jobs: {
    kind: 'count',
    fallback: 2,
    least: 1,
    most: 64,
    summary: 'Parallel connections of pg_dump in directory format',
  },
})

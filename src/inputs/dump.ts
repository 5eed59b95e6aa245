// Input rows of what goes into a dump and how, shared by `backup` and `dump`.
import { triggers } from '../domain/backup.ts'
import { inputTable } from './kinds.ts'
import { redisInputs } from './redis.ts'
import { redisBackupInputs } from './redis-backup.ts'
import { codeInputs } from './shared.ts'
import { tenantBackupInputs } from './tenant-backup.ts'
import { tenantInputs } from './tenants.ts'

const part = 'What is in it'

export const dumpInputs = inputTable({
  name: { kind: 'text', summary: "Name under which the backups lie; default: the database's own", placeholder: 'NAME' },
  kind: {
    kind: 'choice',
    choices: ['platform', 'tenant', 'redis', 'all'],
    fallback: 'platform',
    summary:
      'What to back up: platform (the whole database), tenant (one ZIP of CSVs for each), redis, or all of it in one run (Redis where one is named)',
  },
  trigger: {
    kind: 'choice',
    choices: triggers,
    fallback: 'manual',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's, not of JavaScript.
    inAction: "${{ github.event_name == 'schedule' && 'scheduled' || 'manual' }}",
    summary: 'Why this backup is made; decides how long it is kept',
  },
  'keep-days': {
    kind: 'count',
    least: 1,
    summary: 'Keep this backup for so many days, whatever the policy says',
    placeholder: 'DAYS',
  },
  'recovery-point': { kind: 'text', summary: 'Id shared by backups that belong together', placeholder: 'ID' },
  format: {
    kind: 'choice',
    choices: ['custom', 'plain', 'directory'],
    fallback: 'custom',
    summary: 'custom (one stream), plain (SQL text) or directory (parallel, needs disk)',
    group: part,
  },
  schema: { kind: 'lines', summary: 'Only these schemas (pg_dump patterns)', group: part, placeholder: 'PATTERN' },
  'exclude-schema': { kind: 'lines', summary: 'Not these schemas', group: part, placeholder: 'PATTERN' },
  table: { kind: 'lines', summary: 'Only these tables, such as public."Product"', group: part, placeholder: 'PATTERN' },
  'exclude-table': { kind: 'lines', summary: 'Not these tables', group: part, placeholder: 'PATTERN' },
  'exclude-table-data': { kind: 'lines', summary: 'These tables without their rows', group: part, placeholder: 'PATTERN' },
  parts: {
    kind: 'choice',
    choices: ['all', 'schema-only', 'data-only'],
    fallback: 'all',
    summary: 'Which parts of the database',
    group: part,
  },
  ...tenantBackupInputs,
  ...codeInputs,
  ...tenantInputs,
  ...redisInputs,
  ...redisBackupInputs,
  globals: { kind: 'flag', fallback: true, summary: 'Roles and tablespaces too, as globals.sql', group: part },
  'source-counts': {
    kind: 'flag',
    fallback: true,
    summary: 'Count every table in the same snapshot and fail if the dump differs',
    group: 'Proof',
  },
  'confirm-bytes': {
    kind: 'choice',
    choices: ['auto', 'full'],
    fallback: 'auto',
    summary: 'full reads every stored byte back; auto believes a digest that the store computed itself',
    group: 'Proof',
  },
  'shrink-limit': {
    kind: 'percent',
    fallback: 50,
    summary: 'Mark the backup suspect if rows or bytes fell by more than this since the last good one; 0 turns it off',
    group: 'Proof',
  },
  'allow-empty': { kind: 'flag', fallback: false, summary: 'Back up a database without any table', group: 'Proof' },
  'compression-level': { kind: 'count', fallback: 3, least: 1, most: 19, summary: 'zstd level' },
  jobs: { kind: 'count', fallback: 2, least: 1, most: 64, summary: 'Parallel connections of the directory format' },
  'lock-timeout': { kind: 'duration', fallback: 300, summary: "How long to wait for a table's lock" },
  'wait-for-other-run': {
    kind: 'duration',
    fallback: 14_400,
    summary: 'How long to wait while another run dumps the same database; 0s refuses at once',
  },
  'ignore-other-run': {
    kind: 'flag',
    fallback: false,
    summary: 'Back up even if another session holds the lock for backups: any role that may connect can take it',
  },
})

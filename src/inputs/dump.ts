// Input rows of what goes into a dump and how, shared by `backup` and `dump`.
import { triggers } from '../domain/backup.ts'
import { inputTable, onlyFor } from './kinds.ts'
import { redisInputs } from './redis.ts'
import { redisBackupInputs } from './redis-backup.ts'
import { codeInputs } from './shared.ts'
import { tenantBackupInputs } from './tenant-backup.ts'
import { tenantInputs } from './tenants.ts'

const part = 'Contents'
const ofDatabase = ['platform', 'all']
const ofPostgres = ['platform', 'tenant', 'all']

export const dumpInputs = inputTable({
  name: {
    kind: 'text',
    summary: "Name of the backups in the stores; default: the database's name",
    placeholder: 'NAME',
  },
  kind: {
    kind: 'choice',
    choices: ['platform', 'tenant', 'redis', 'all'],
    fallback: 'platform',
    summary:
      'What to back up: platform (the whole database), tenant (ZIPs of CSVs), redis, or all of them in one run (Redis if it has an address)',
  },
  trigger: {
    kind: 'choice',
    choices: triggers,
    fallback: 'manual',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's, not of JavaScript.
    inAction: "${{ github.event_name == 'schedule' && 'scheduled' || 'manual' }}",
    summary: 'Reason for this backup; determines how long it is kept',
  },
  'keep-days': {
    kind: 'count',
    least: 1,
    summary: 'Number of days to keep this backup, regardless of the retention policy',
    placeholder: 'DAYS',
  },
  'recovery-point': { kind: 'text', summary: 'ID shared by backups of one recovery point', placeholder: 'ID' },
  ...onlyFor(ofDatabase, {
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
  }),
  ...onlyFor(['tenant', 'all'], { ...tenantBackupInputs, ...tenantInputs }),
  ...onlyFor(ofPostgres, codeInputs),
  ...onlyFor(['redis', 'all'], redisInputs),
  ...redisBackupInputs,
  'source-counts': {
    kind: 'flag',
    fallback: true,
    summary: 'Count every table in the same snapshot and fail if the dump differs',
    group: 'Proof',
    onlyFor: ofPostgres,
  },
  'confirm-bytes': {
    kind: 'choice',
    choices: ['auto', 'full'],
    fallback: 'auto',
    summary: 'How to verify stored bytes: full reads them back; auto accepts a digest that the store computed',
    group: 'Proof',
  },
  'shrink-limit': {
    kind: 'percent',
    fallback: 50,
    summary:
      'Mark the backup suspect if rows or bytes fell by more than this since the last good backup; 0 turns this off',
    group: 'Proof',
  },
  'allow-empty': {
    kind: 'flag',
    fallback: false,
    summary: 'Permit the backup of a database without tables',
    group: 'Proof',
    onlyFor: ofDatabase,
  },
  'compression-level': { kind: 'count', fallback: 3, least: 1, most: 19, summary: 'Compression level of zstd' },
  jobs: {
    kind: 'count',
    fallback: 2,
    least: 1,
    most: 64,
    summary: 'Parallel connections of pg_dump in directory format',
    onlyFor: ofDatabase,
  },
  'lock-timeout': {
    kind: 'duration',
    fallback: 300,
    summary: 'How long to wait for the lock of a table',
    onlyFor: ofPostgres,
  },
  'wait-for-other-run': {
    kind: 'duration',
    fallback: 14_400,
    summary: 'How long to wait for another run that dumps the same database; 0s fails at once',
    onlyFor: ofPostgres,
  },
  'ignore-other-run': {
    kind: 'flag',
    fallback: false,
    summary: 'Back up even if another session holds the backup lock, which any role that can connect can take',
    onlyFor: ofPostgres,
  },
})

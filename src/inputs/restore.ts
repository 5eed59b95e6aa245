// Input rows of `restore`: how, what, and what runs around it.
import { inputTable } from './kinds.ts'

const how = 'How'
const what = 'What of it'
const around = 'Around it'

export const restoreInputs = inputTable({
  kind: {
    kind: 'choice',
    choices: ['platform', 'tenant', 'redis', 'all'],
    fallback: 'platform',
    summary:
      'What comes back: platform (the whole database), tenant (the rows of one), redis, or all (the database, and Redis of the same run)',
    group: how,
  },
  mode: {
    kind: 'choice',
    choices: ['insert', 'replace', 'merge', 'flush-first'],
    summary:
      "Of a tenant: insert (default: refuses a row that exists with other content), replace (the tenant's rows go and come back) or merge (by primary key). Of Redis: merge (default: keys that exist stay), replace (keys of the backup win), flush-first (what is there goes; default of kind all)",
    group: how,
  },
  strategy: {
    kind: 'choice',
    choices: ['swap', 'new', 'in-place'],
    fallback: 'swap',
    summary: 'swap (beside the live database, then exchange names), new (beside only) or in-place (one transaction)',
    group: how,
  },
  confirm: {
    kind: 'text',
    summary: "The live database's name (of Redis its host:port), typed: required for anything that touches it",
    group: how,
    placeholder: 'NAME',
  },
  'dry-run': { kind: 'flag', fallback: false, summary: 'Print the plan as a checklist and change nothing', group: how },
  undo: { kind: 'flag', fallback: false, summary: 'Swap back what the last restore put aside', group: how },
  'skip-safety-backup': {
    kind: 'flag',
    fallback: false,
    summary: 'For in-place, tenants and Redis: go on without a backup of what is there now',
    group: how,
  },
  'on-error': {
    kind: 'choice',
    choices: ['stop', 'report', 'accept'],
    fallback: 'stop',
    summary:
      'Objects of the database that cannot be restored: stop, report (go on, list them, exit with code 4; never swap) or accept (report, and swap all the same)',
    group: how,
  },
  jobs: { kind: 'count', fallback: 2, least: 1, most: 64, summary: 'Parallel connections', group: how },
  'target-database': {
    kind: 'text',
    summary: 'For strategy new: name of the database to make; it must not exist',
    group: what,
    placeholder: 'NAME',
  },
  'target-schema': {
    kind: 'text',
    summary: 'Name of a schema to make in the live database for the selected tables',
    group: what,
    placeholder: 'NAME',
  },
  table: {
    kind: 'lines',
    summary: 'Only this table, such as public.Product; with target-database or target-schema',
    group: what,
    placeholder: 'NAME',
  },
  schema: {
    kind: 'lines',
    summary: 'Only this schema; with target-database or target-schema',
    group: what,
    placeholder: 'NAME',
  },
  before: {
    kind: 'lines',
    summary: 'Command to run before the live database is touched, such as "pm2 stop api"; a failure stops everything',
    group: around,
    placeholder: 'COMMAND',
  },
  after: {
    kind: 'lines',
    summary: 'Command to run afterwards, such as "pm2 start api"; also when the restore failed',
    group: around,
    placeholder: 'COMMAND',
  },
  'health-url': {
    kind: 'text',
    summary: 'URL that must answer with 2xx at the end',
    group: around,
    placeholder: 'URL',
  },
  'health-timeout': { kind: 'duration', fallback: 60, summary: 'How long to wait for it', group: around },
})

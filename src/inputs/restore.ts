// Input rows of `restore`: method, selection and hooks.
import { inputTable, onlyFor } from './kinds.ts'

const how = 'Method'
const what = 'Selection'
const around = 'Hooks'

export const restoreInputs = inputTable({
  kind: {
    kind: 'choice',
    choices: ['platform', 'tenant', 'redis', 'all'],
    fallback: 'platform',
    summary:
      'What to restore: platform (the whole database), tenant (the rows of one tenant), redis, or all (database and Redis of the same run)',
    group: how,
  },
  mode: {
    kind: 'choice',
    choices: ['insert', 'replace', 'merge', 'flush-first'],
    summary:
      'Tenants: insert (default; fails if a row exists with other content), merge (inserts and updates by primary key) or replace (also deletes rows that are not in the backup). Redis: merge (default; keeps keys that exist), replace (overwrites them) or flush-first (removes all keys first; default with kind all)',
    group: how,
    onlyFor: ['tenant', 'redis', 'all'],
    help: {
      tenant: {
        choices: ['insert', 'replace', 'merge'],
        summary:
          'insert (default; fails if a row exists with other content), merge (inserts and updates by primary key) or replace (also deletes rows that are not in the backup)',
      },
      redis: {
        choices: ['merge', 'replace', 'flush-first'],
        summary:
          'merge (default; keeps keys that exist), replace (overwrites them) or flush-first (removes all keys first)',
      },
      all: {
        choices: ['flush-first', 'replace', 'merge'],
        summary:
          'Keys of Redis: flush-first (default; removes all keys first), replace (overwrites keys that exist) or merge (keeps them)',
      },
    },
  },
  strategy: {
    kind: 'choice',
    choices: ['swap', 'new', 'in-place'],
    fallback: 'swap',
    summary:
      'swap (restore into a new database, then exchange names), new (restore into a new database only) or in-place (one transaction)',
    group: how,
    onlyFor: ['platform', 'all'],
    help: {
      all: {
        choices: ['swap', 'in-place'],
        summary: 'swap (restore into a new database, then exchange names) or in-place',
      },
    },
  },
  confirm: {
    kind: 'text',
    summary:
      'Name of the live database, to confirm the change (Redis: host:port; kind all: both, as shop,localhost:6379)',
    group: how,
    placeholder: 'NAME',
    help: {
      platform: { summary: 'Name of the live database, to confirm the change' },
      tenant: { summary: 'Name of the live database, to confirm the change' },
      redis: { summary: 'host:port of the Redis server, to confirm the change' },
    },
  },
  'dry-run': { kind: 'flag', fallback: false, summary: 'Print the plan as a checklist and change nothing', group: how },
  undo: {
    kind: 'flag',
    fallback: false,
    summary: 'Swap back the database that the last restore replaced',
    group: how,
    onlyFor: ['platform'],
  },
  'skip-safety-backup': {
    kind: 'flag',
    fallback: false,
    summary: 'Do not back up the current data first (in-place, tenants and Redis)',
    group: how,
    help: {
      platform: { summary: 'With strategy in-place: do not back up the current data first' },
      tenant: { summary: 'Do not back up the current rows of the tenant first' },
      redis: { summary: 'Do not back up the current keys first' },
    },
  },
  'on-error': {
    kind: 'choice',
    choices: ['stop', 'report', 'accept'],
    fallback: 'stop',
    summary:
      'What to do if an object cannot be restored: stop, report (continue, list it and exit with code 4, without a swap) or accept (report, but swap)',
    group: how,
    onlyFor: ['platform'],
  },
  jobs: {
    kind: 'count',
    fallback: 2,
    least: 1,
    most: 64,
    summary: 'Parallel connections',
    group: how,
    onlyFor: ['platform', 'tenant', 'all'],
  },
  ...onlyFor(['platform'], {
    'target-database': {
      kind: 'text',
      summary: 'For strategy new: name of the database to create; it must not exist',
      group: what,
      placeholder: 'NAME',
    },
    'target-schema': {
      kind: 'text',
      summary: 'Name of a schema to create in the live database for the selected tables',
      group: what,
      placeholder: 'NAME',
    },
    table: {
      kind: 'lines',
      summary: 'Restore only this table, such as public.Product; needs target-database or target-schema',
      group: what,
      placeholder: 'NAME',
    },
    schema: {
      kind: 'lines',
      summary: 'Restore only this schema; needs target-database or target-schema',
      group: what,
      placeholder: 'NAME',
    },
  }),
  before: {
    kind: 'lines',
    summary:
      'Command to run before the live database is changed, such as "pm2 stop api"; if it fails, the restore stops',
    group: around,
    placeholder: 'COMMAND',
  },
  after: {
    kind: 'lines',
    summary: 'Command to run afterwards, such as "pm2 start api", also if the restore failed',
    group: around,
    placeholder: 'COMMAND',
  },
  'health-url': {
    kind: 'text',
    summary: 'URL that must answer with status 2xx after the restore',
    group: around,
    placeholder: 'URL',
  },
  'health-timeout': { kind: 'duration', fallback: 60, summary: 'How long to wait for the health URL', group: around },
})

// Input rows of `restore` that several kinds of backup share.
import { inputTable } from '../inputs/kinds.ts'

const how = 'Method'

export const restoreRows = inputTable({
  mode: {
    kind: 'choice',
    choices: ['insert', 'replace', 'merge', 'flush-first'],
    summary:
      'Tenants: insert (default; fails if a row exists with other content), merge (inserts and updates by primary key) or replace (also deletes rows that are not in the backup). Redis: merge (default; keeps keys that exist), replace (overwrites them) or flush-first (removes all keys first; default with kind all)',
    group: how,
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
    help: {
      all: {
        choices: ['swap', 'in-place'],
        summary: 'swap (restore into a new database, then exchange names) or in-place',
      },
    },
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
  jobs: {
    kind: 'count',
    fallback: 2,
    least: 1,
    most: 64,
    summary: 'Parallel connections',
    group: how,
  },
})

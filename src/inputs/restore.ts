// Input rows of `restore` for all kinds of backup: the kind, confirmation and hooks.
import { inputTable } from './kinds.ts'

const how = 'Method'
const around = 'Hooks'

export const restoreInputs = inputTable({
  kind: {
    kind: 'text',
    holds: 'kinds',
    fallback: 'platform',
    summary: 'What to restore: {kinds}',
    group: how,
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

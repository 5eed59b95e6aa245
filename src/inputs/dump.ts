// Input rows of a backup of any kind, shared by `backup`, `dump` and `nightly`.
import { triggers } from '../domain/backups/backup.ts'
import { inputTable } from './kinds.ts'

export const dumpInputs = inputTable({
  name: {
    kind: 'text',
    summary: "Name of the backups in the stores; default: the database's name",
    placeholder: 'NAME',
  },
  kind: {
    kind: 'text',
    holds: 'kinds',
    fallback: 'platform',
    summary: 'What to back up: {kinds}',
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
  'compression-level': { kind: 'count', fallback: 3, least: 1, most: 19, summary: 'Compression level of zstd' },
})

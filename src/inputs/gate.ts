// Inputs of `migration-gate`, other than the stores.
import { inputTable } from './kinds.ts'
import { databaseInputs } from './shared.ts'

const change = 'The change'
const backup = 'The backup'
const afterwards = 'After the decision'
const instead = 'Other modes'

export const gateInputs = inputTable({
  base: {
    kind: 'text',
    summary: 'Base commit or branch of the change; without it, a backup is always required',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's, not of JavaScript.
    inAction: '${{ github.event.pull_request.base.sha || github.event.merge_group.base_sha }}',
    group: change,
    placeholder: 'COMMIT',
  },
  head: {
    kind: 'text',
    summary: 'Head commit of the change',
    fallback: 'HEAD',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's, not of JavaScript.
    inAction: "${{ github.event.pull_request.head.sha || github.event.merge_group.head_sha || 'HEAD' }}",
    group: change,
    placeholder: 'COMMIT',
  },
  checkout: {
    kind: 'text',
    summary: 'Path of the git checkout, with its complete history (fetch-depth: 0)',
    fallback: '.',
    group: change,
    placeholder: 'PATH',
  },
  migrations: {
    kind: 'lines',
    summary: 'Globs of migration files, which replace the built-in list; a leading ! excludes files',
    group: change,
    placeholder: 'GLOB',
  },
  'all-bases': {
    kind: 'flag',
    fallback: false,
    summary:
      'Compare with the bases of all open pull requests of the same head commit; the worst result counts (needs pull-requests: read). Always on with post-status',
    inAction: 'true',
    group: change,
  },
  'on-edited-migration': {
    kind: 'choice',
    choices: ['warn', 'refuse'],
    fallback: 'warn',
    summary: 'What to do if the change edits, renames or deletes a migration that the base has',
    group: change,
  },
  rehearsal: {
    kind: 'choice',
    choices: ['passed', 'failed', 'setup-failed', 'incomplete', 'not-run'],
    summary:
      'Result of the rehearsal of this change (output rehearsal of test-restore); every value except passed and not-run blocks the migration',
    group: change,
  },
  'database-url': {
    ...databaseInputs['database-url'],
    summary: 'URL of the database to be migrated; only its name and the system identifier of its server are read',
  },
  'database-name': {
    kind: 'text',
    summary: 'Name of that database, if database-url is not given',
    group: 'Database',
    placeholder: 'NAME',
  },
  'system-identifier': {
    kind: 'text',
    summary:
      'System identifier of its server (SELECT system_identifier FROM pg_control_system()), if database-url is not given',
    group: 'Database',
    placeholder: 'NUMBER',
  },
  name: { kind: 'text', summary: 'Only backups of this name', group: backup, placeholder: 'NAME' },
  'max-age': { kind: 'duration', fallback: 3600, summary: 'Maximum age of the data of the backup', group: backup },
  'backup-from-this-run': {
    kind: 'text',
    summary: 'ID of the backup that this run made for this change; max-age does not apply to it',
    group: backup,
    placeholder: 'ID',
  },
  'max-age-of-own-backup': {
    kind: 'duration',
    fallback: 86_400,
    summary: 'Maximum age of the backup named by backup-from-this-run',
    group: backup,
  },
  'require-off-site': {
    kind: 'choice',
    choices: ['auto', 'true', 'false'],
    fallback: 'auto',
    summary:
      'Require a copy in an off-site store, such as a bucket; auto: only if one of the stores is off-site. Artifacts do not count as off-site',
    group: backup,
  },
  'require-drill': { kind: 'flag', fallback: true, summary: 'Require a drill that proved the backup', group: backup },
  'require-isolation': {
    kind: 'flag',
    fallback: false,
    summary: 'Require that the drill ran in a sandbox or on a server named by scratch-url (docs/isolation.md)',
    group: backup,
  },
  pin: {
    kind: 'flag',
    fallback: true,
    summary: 'Pin the backup, so that it is not pruned while the change waits',
    group: afterwards,
  },
  'pin-days': {
    kind: 'count',
    fallback: 14,
    most: 3650,
    summary: 'Number of days to pin the backup',
    group: afterwards,
    placeholder: 'DAYS',
  },
  'pull-request': {
    kind: 'count',
    least: 1,
    summary: 'Number of the pull request',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's, not of JavaScript.
    inAction: '${{ github.event.pull_request.number }}',
    group: afterwards,
  },
  enforce: {
    kind: 'flag',
    fallback: true,
    summary: 'Fail if the migration may not go ahead; otherwise only set the outputs',
    group: afterwards,
  },
  'post-status': {
    kind: 'flag',
    fallback: false,
    summary: 'Post the verdict as the commit status resguardo/migration-gate (needs permissions: statuses: write)',
    group: afterwards,
  },
  sha: {
    kind: 'text',
    summary: 'Full ID of the commit to post the status on; default: the head of the change',
    group: afterwards,
    placeholder: 'COMMIT',
  },
  'changes-only': {
    kind: 'flag',
    fallback: false,
    summary: 'Only report whether the change has migrations; needs no store, database or secret',
    group: instead,
  },
  announce: {
    kind: 'flag',
    fallback: false,
    summary: 'Only post the status as pending while a backup is made',
    group: instead,
  },
  'merge-queue': {
    kind: 'flag',
    fallback: false,
    summary: 'With announce: the commit is in the merge queue, which has only approved changes',
    group: instead,
  },
  label: {
    kind: 'text',
    fallback: 'resguardo: back up',
    summary: 'With announce: label with which a maintainer permits a backup for a fork or for Dependabot',
    group: instead,
  },
  expire: {
    kind: 'flag',
    fallback: false,
    summary: 'Only re-check open pull requests: turn green statuses red if their backup has expired',
    group: instead,
  },
})

// Inputs of `migration-gate`, besides the stores.
import { inputTable } from './kinds.ts'
import { databaseInputs } from './shared.ts'

const change = 'The change'
const backup = 'The backup'
const afterwards = 'What follows'
const instead = 'Instead of a decision'

export const gateInputs = inputTable({
  base: {
    kind: 'text',
    summary: 'Where the change goes to: a commit or branch. Without it the change is not known, and a backup is always needed',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's, not of JavaScript.
    inAction: '${{ github.event.pull_request.base.sha || github.event.merge_group.base_sha }}',
    group: change,
    placeholder: 'COMMIT',
  },
  head: {
    kind: 'text',
    summary: 'The commit that the change leads to',
    fallback: 'HEAD',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's, not of JavaScript.
    inAction: "${{ github.event.pull_request.head.sha || github.event.merge_group.head_sha || 'HEAD' }}",
    group: change,
    placeholder: 'COMMIT',
  },
  checkout: {
    kind: 'text',
    summary: 'The git repository to look at, with its whole history (fetch-depth: 0)',
    fallback: '.',
    group: change,
    placeholder: 'PATH',
  },
  migrations: {
    kind: 'lines',
    summary: 'Globs of files that are migrations, instead of those of the known tools; with ! in front, of files that are none',
    group: change,
    placeholder: 'GLOB',
  },
  'all-bases': {
    kind: 'flag',
    fallback: false,
    summary:
      'Look also at the base of every open pull request with the same head commit, and take the worst (needs pull-requests: read); post-status always does',
    inAction: 'true',
    group: change,
  },
  edited: {
    kind: 'choice',
    choices: ['warn', 'refuse'],
    fallback: 'warn',
    summary: 'What to do about a migration that the base already has and the change edits, renames or deletes',
    group: change,
  },
  rehearsal: {
    kind: 'choice',
    choices: ['passed', 'failed', 'not-run'],
    summary: 'What a rehearsal of this change said (output rehearsal of test-restore): failed is refused',
    group: change,
  },
  'database-url': {
    ...databaseInputs['database-url'],
    summary: "URL of the database that will be migrated: asked for its name and its server's identifier, nothing else",
  },
  'database-name': {
    kind: 'text',
    summary: 'Its name, where there is no database-url',
    group: 'Database',
    placeholder: 'NAME',
  },
  'system-identifier': {
    kind: 'text',
    summary: "Its server's system identifier (SELECT system_identifier FROM pg_control_system()), where there is no database-url",
    group: 'Database',
    placeholder: 'NUMBER',
  },
  name: { kind: 'text', summary: 'Only backups of this name', group: backup, placeholder: 'NAME' },
  'max-age': { kind: 'duration', fallback: 3600, summary: 'How old its data may be', group: backup },
  'made-for-this': {
    kind: 'text',
    summary: 'Id of the backup that this very run has made for this change: it passes whatever dump and drill took',
    group: backup,
    placeholder: 'ID',
  },
  'max-work': { kind: 'duration', fallback: 86_400, summary: 'How old even that one may be', group: backup },
  'require-off-site': {
    kind: 'choice',
    choices: ['auto', 'true', 'false'],
    fallback: 'auto',
    summary: 'Whether a bucket must hold it; auto: if any bucket is among the stores. An artifact alone never counts',
    group: backup,
  },
  'require-drill': { kind: 'flag', fallback: true, summary: 'A drill must have proven it', group: backup },
  'require-isolation': {
    kind: 'flag',
    fallback: false,
    summary: 'The drill must have run in a sandbox or on a server named by scratch-url (docs/isolation.md)',
    group: backup,
  },
  pin: { kind: 'flag', fallback: true, summary: 'Keep the backup from being pruned while the change waits', group: afterwards },
  'pin-days': { kind: 'count', fallback: 14, most: 3650, summary: 'For so many days', group: afterwards, placeholder: 'DAYS' },
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
    summary: 'Fail if the migration may not go ahead; without it only the outputs say so',
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
    summary: 'Commit to post it on, in full; default: the head of the change',
    group: afterwards,
    placeholder: 'COMMIT',
  },
  'changes-only': {
    kind: 'flag',
    fallback: false,
    summary: 'Only say whether the change has migrations: needs neither stores nor database, and no secret',
    group: instead,
  },
  announce: {
    kind: 'flag',
    fallback: false,
    summary: 'Only post the status as pending, while a backup is made',
    group: instead,
  },
  'merge-queue': {
    kind: 'flag',
    fallback: false,
    summary: 'With announce: the commit is one of the merge queue, which takes approved changes only',
    group: instead,
  },
  label: {
    kind: 'text',
    fallback: 'resguardo: back up',
    summary: 'With announce: the label by which a maintainer lets a backup be made for a fork or for Dependabot',
    group: instead,
  },
  expire: {
    kind: 'flag',
    fallback: false,
    summary: 'Only turn green statuses of open pull requests red whose backup has grown too old',
    group: instead,
  },
})

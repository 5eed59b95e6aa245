// Input rows that several commands share.
import { isolationPolicies } from '../domain/drill/isolation.ts'
import { inputTable } from './kinds.ts'

/** The database that a command works on. */
export const databaseInputs = inputTable({
  'database-url': {
    kind: 'secret',
    summary: 'URL of the PostgreSQL database, postgresql://user:password@host:5432/database',
    environment: ['DATABASE_URL'],
    alsoSecret: ['PGPASSWORD'],
    group: 'Database',
    placeholder: 'URL',
  },
  'install-tools': {
    kind: 'flag',
    summary: 'Install the PostgreSQL client of the major version of the server if it is missing',
    fallback: false,
    inAction: 'true',
    group: 'Database',
  },
})

/** The message if a command needs a database and no URL was given. */
export const noUrl = '--database-url is missing; set DATABASE_URL to postgresql://user:password@host:5432/database'

/** For commands in whose sessions code of a database may run. */
export const codeInputs = inputTable({
  'code-as-superuser': {
    kind: 'flag',
    fallback: false,
    summary:
      'Run code of the database or of the backup with the privileges of the connected role instead of those of its owner',
    group: 'Rights',
  },
})

/** For requests to GitHub. */
export const githubInputs = inputTable({
  'github-token': {
    kind: 'secret',
    summary: 'Token for GitHub: artifacts of earlier runs, commit statuses',
    environment: ['GITHUB_TOKEN'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's, not of JavaScript.
    inAction: '${{ github.token }}',
    group: 'GitHub',
    placeholder: 'TOKEN',
  },
})

/** Which signatures a command accepts. */
export const trustInputs = inputTable({
  'trusted-keys': {
    kind: 'lines',
    summary: 'Keys whose signatures are required: lines of OpenSSH allowed_signers, or the path of such a file',
    environment: ['RESGUARDO_TRUSTED_KEYS'],
    group: 'Signatures',
    placeholder: 'LINES',
  },
})

/** The key with which commands sign backups, drill records and pins. */
export const signingInputs = inputTable({
  'sign-key': {
    kind: 'secret',
    orPath: true,
    summary: 'Ed25519 SSH private key that signs manifests, drill records and pins: its text, or the path of its file',
    environment: ['RESGUARDO_SIGN_KEY'],
    group: 'Signatures',
    placeholder: 'KEY',
  },
})

/** The default directory if no store is given. */
export const directoryInputs = inputTable({
  'backup-dir': {
    kind: 'text',
    summary: 'Directory to use if no store is named',
    fallback: './backups',
    environment: ['BACKUP_DIR'],
    group: 'Stores',
    placeholder: 'PATH',
  },
})

/** The store addresses. `registryOf` adds the inputs of all store kinds. */
export const storeInputs = inputTable({
  store: {
    kind: 'lines',
    summary: 'Store of backups: {addresses}. Default: {defaults}',
    holds: 'stores',
    environment: ['RESGUARDO_STORE'],
    group: 'Stores',
    placeholder: 'ADDRESS',
  },
  ...githubInputs,
  ...trustInputs,
})

/** Selects the name of the backups, if a store has backups of several databases. */
export const namingInputs = inputTable({
  'database-url': {
    ...databaseInputs['database-url'],
    summary: 'URL of the database that selects the name of the backups; Resguardo does not connect to it',
  },
})

/** The backup that a command uses. */
export const selectionInputs = inputTable({
  kind: {
    kind: 'text',
    holds: 'kinds',
    summary: 'Kind of backup that latest selects; default: platform, if there are backups of that kind',
    group: 'Which backup',
  },
  backup: {
    kind: 'text',
    summary: 'Backup to use: latest, an ID, or the unique beginning of an ID',
    fallback: 'latest',
    group: 'Which backup',
    placeholder: 'ID',
  },
  at: {
    kind: 'time',
    summary: 'Use the newest backup that was started at or before this time (ISO 8601)',
    group: 'Which backup',
    placeholder: 'TIME',
  },
  name: {
    kind: 'text',
    summary:
      'Name of the backups in the store; default: the only name there, or the name of the database in DATABASE_URL',
    group: 'Which backup',
    placeholder: 'NAME',
  },
})

/** For commands that start a temporary server on this machine. */
export const isolationInputs = inputTable({
  isolation: {
    kind: 'choice',
    choices: isolationPolicies,
    fallback: 'auto',
    summary:
      'Sandbox of temporary servers. auto: the strongest available method, or none with a warning. required: fail if none is available',
    environment: ['RESGUARDO_ISOLATION'],
    group: 'Scratch',
  },
})

/** For commands that need temporary files. */
export const temporaryInputs = inputTable({
  temporary: {
    kind: 'text',
    summary: 'Folder for temporary files; default: that of the system',
    environment: ['RUNNER_TEMP', 'TMPDIR'],
    placeholder: 'PATH',
  },
})

// Input rows that several commands share.
import { kinds } from '../domain/backup.ts'
import { isolationPolicies } from '../domain/isolation.ts'
import { inputTable } from './kinds.ts'

/** The database a command works on. */
export const databaseInputs = inputTable({
  'database-url': {
    kind: 'secret',
    summary: 'URL of the PostgreSQL database, postgresql://user:password@host:5432/database',
    environment: ['DATABASE_URL'],
    group: 'Database',
    placeholder: 'URL',
  },
  'install-tools': {
    kind: 'flag',
    summary: "Install the PostgreSQL client of the server's major version if none fits",
    fallback: false,
    inAction: 'true',
    group: 'Database',
  },
})

/** Commands in whose sessions code of a database may run. */
export const codeInputs = inputTable({
  'code-as-superuser': {
    kind: 'flag',
    fallback: false,
    summary: 'Let code of the database or the backup run with the rights of the connected role, instead of those of its owners',
    group: 'Rights',
  },
})

/** What talking to GitHub needs. */
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

/** What commands sign with that write backups, drill records or pins. */
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

/** Where backups live, and what a store needs to be opened. */
export const storeInputs = inputTable({
  store: {
    kind: 'lines',
    summary:
      'Where backups live: file:./backups, s3://bucket/prefix; several at once. Default: BACKUP_DIR (./backups), and s3://AWS_S3_BUCKET where that is set',
    environment: ['RESGUARDO_STORE'],
    group: 'Stores',
    placeholder: 'ADDRESS',
  },
  'backup-dir': {
    kind: 'text',
    summary: 'The directory used where no store is named',
    fallback: './backups',
    environment: ['BACKUP_DIR'],
    group: 'Stores',
    placeholder: 'PATH',
  },
  's3-bucket': {
    kind: 'text',
    summary: 'A bucket used beside the directory where no store is named',
    environment: ['AWS_S3_BUCKET'],
    group: 'Stores',
    placeholder: 'BUCKET',
  },
  's3-region': {
    kind: 'text',
    summary: "The bucket's region",
    environment: ['AWS_S3_REGION', 'AWS_REGION'],
    group: 'Stores',
    placeholder: 'REGION',
  },
  's3-endpoint': {
    kind: 'text',
    summary: 'Endpoint of an S3-compatible store',
    environment: ['AWS_S3_ENDPOINT'],
    group: 'Stores',
    placeholder: 'URL',
  },
  's3-access-key-id': {
    kind: 'secret',
    summary: "Access key; without it AWS's own credential chain is used",
    environment: ['AWS_ACCESS_KEY_ID'],
    group: 'Stores',
  },
  's3-secret-access-key': {
    kind: 'secret',
    summary: 'Secret access key',
    environment: ['AWS_SECRET_ACCESS_KEY'],
    group: 'Stores',
  },
  's3-session-token': {
    kind: 'secret',
    summary: 'Session token of temporary credentials',
    environment: ['AWS_SESSION_TOKEN'],
    group: 'Stores',
  },
  'aws-role': {
    kind: 'text',
    summary: "ARN of an AWS role to take on with GitHub's ID token, instead of keys (needs permissions: id-token: write)",
    group: 'Stores',
    placeholder: 'ARN',
  },
  's3-storage-class': {
    kind: 'text',
    summary: 'Storage class of new objects, such as STANDARD_IA',
    group: 'Stores',
    placeholder: 'CLASS',
  },
  's3-encryption': {
    kind: 'text',
    summary: 'Encryption by the store: AES256, aws:kms or aws:kms:KEY-ID',
    group: 'Stores',
    placeholder: 'METHOD',
  },
  's3-parts-in-flight': {
    kind: 'count',
    summary: 'Parts uploaded at once; memory is this times the part size',
    fallback: 3,
    least: 1,
    most: 16,
    group: 'Stores',
  },
  'artifact-days': {
    kind: 'count',
    summary:
      'Days that GitHub keeps what is stored in artifact:; default by trigger: 30 for scheduled, 90 for pre-migration and manual, 7 for safety',
    least: 1,
    most: 400,
    group: 'Stores',
    placeholder: 'DAYS',
  },
  ...githubInputs,
  ...trustInputs,
})

/** The database whose backups are meant where a store holds those of several. */
export const namingInputs = inputTable({
  'database-url': { ...databaseInputs['database-url'], summary: 'URL of the database whose backups are meant; not connected to' },
})

/** Which backup a command takes. */
export const selectionInputs = inputTable({
  kind: {
    kind: 'choice',
    choices: kinds,
    summary: 'For latest: the kind of the backup; default: platform, if there are backups of it',
    group: 'Which backup',
  },
  backup: {
    kind: 'text',
    summary: 'Which backup: latest, an id, or the unique beginning of an id',
    fallback: 'latest',
    group: 'Which backup',
    placeholder: 'ID',
  },
  at: {
    kind: 'time',
    summary: 'The newest backup whose run started at or before this time (ISO 8601)',
    group: 'Which backup',
    placeholder: 'TIME',
  },
  name: {
    kind: 'text',
    summary: "The backups' name in the store; default: the only one there, or that of the database in DATABASE_URL",
    group: 'Which backup',
    placeholder: 'NAME',
  },
})

/** For work that starts a temporary server on this machine. */
export const isolationInputs = inputTable({
  isolation: {
    kind: 'choice',
    choices: isolationPolicies,
    fallback: 'auto',
    summary:
      'Sandbox of temporary servers. auto: the strongest method available, or none with a warning. required: refuse without one',
    environment: ['RESGUARDO_ISOLATION'],
    group: 'Scratch',
  },
})

/** For work that needs disk. */
export const temporaryInputs = inputTable({
  temporary: {
    kind: 'text',
    summary: "Folder for temporary files; default: the system's",
    environment: ['RUNNER_TEMP', 'TMPDIR'],
    placeholder: 'PATH',
  },
})

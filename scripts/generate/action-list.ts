// The list of actions: the command and folder of each, and what GitHub's marketplace and the READMEs show.

export interface ActionEntry {
  /** The command that it runs; also the name of its file in dist/. */
  readonly command: string
  /** Folder of its action.yml below the root; empty for the root itself. */
  readonly folder: string
  readonly title: string
  /** Feather icon and color that GitHub allows. */
  readonly icon: string
  readonly color: string
  /** Inputs of the example, as they are written in `with:`. */
  readonly example: Readonly<Record<string, string>>
}

const database = expression('secrets.DATABASE_URL')
const dumped = expression('steps.dump.outputs.backup-id')

const nightly: ActionEntry = {
  command: 'nightly',
  folder: '',
  title: 'Resguardo: nightly proven backup',
  icon: 'shield',
  color: 'green',
  example: { 'database-url': database, store: 's3://my-bucket/resguardo', drill: 'true' },
}

export const actionEntries: readonly ActionEntry[] = [
  nightly,
  // The same action again, because `uses: $/…` in a workflow of this repository needs a folder.
  { ...nightly, folder: 'actions/nightly' },
  entry('dump', 'database', { 'database-url': database, 'backup-dir': 'backups' }),
  entry('checksum', 'check-circle', { backup: dumped, 'backup-dir': 'backups' }),
  entry('upload', 'upload-cloud', { backup: dumped, from: 'file:backups', to: 's3://my-bucket/resguardo' }),
  entry('test-restore', 'activity', { backup: 'latest', store: 's3://my-bucket/resguardo' }),
  entry('prune', 'scissors', { store: 's3://my-bucket/resguardo', 'keep-weekly': '8' }),
  entry('restore', 'rotate-ccw', { 'database-url': database, store: 's3://my-bucket/resguardo', 'dry-run': 'true' }),
  entry('migration-gate', 'lock', { 'database-url': database, store: 's3://my-bucket/resguardo' }),
]

function entry(command: string, icon: string, example: ActionEntry['example']): ActionEntry {
  return { command, folder: `actions/${command}`, title: `Resguardo: ${command}`, icon, color: 'green', example }
}

function expression(text: string): string {
  return `\${{ ${text} }}`
}

/** The value of `uses:` for the action. */
export function usesOf({ folder }: ActionEntry): string {
  return `OWNER/resguardo${folder === '' ? '' : `/${folder}`}@v1`
}

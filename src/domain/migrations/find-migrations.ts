// Which files of a change are migrations, and which of those the base has already.
import picomatch from 'picomatch'
import type { ChangedFile } from './changed-file.ts'
import { type MigrationRule, migrationRules, schemaGlobs } from './tools.ts'

/** A migration that a change adds or touches. */
export interface MigrationFile {
  readonly tool: string
  readonly state: ChangedFile['change']
  readonly path: string
  /** Where a renamed one was. */
  readonly from?: string
  /** The base has it, so that it may have been applied, and its tool does not expect it to change. */
  readonly applied: boolean
}

export interface FoundMigrations {
  /** In the order of the change. */
  readonly migrations: readonly MigrationFile[]
  /** Of the migrations, those with `applied`. */
  readonly edited: number
  /** Names of tools, each once, in order. */
  readonly tools: readonly string[]
  /** Schema files that changed: no migrations. */
  readonly schemas: readonly string[]
  /** Submodules and links that changed: what they hold cannot be seen, so that they must be told. */
  readonly unseen: readonly string[]
}

type Match = (path: string, sort: ChangedFile['sort']) => MigrationRule | undefined

/** Names with newlines are names: `**` must not end at them. Folders with a dot are folders. */
const globOptions = { dot: true, flags: 's' }

/**
 * Finds migrations by the built-in rules, or by the user's globs, which replace them. A glob that begins with `!` excludes;
 * excluding alone narrows the built-in rules.
 */
export function findMigrations(files: readonly ChangedFile[], globs: readonly string[] = []): FoundMigrations {
  const match = matcher(globs)
  const migrations = files.flatMap((file) => migrationIn(file, match) ?? [])
  const isSchema = picomatch([...schemaGlobs], globOptions)
  const found = new Set(migrations.map(({ path }) => path))
  const others = files.filter(({ path }) => !found.has(path))
  return {
    migrations,
    edited: migrations.filter(({ applied }) => applied).length,
    tools: [...new Set(migrations.map(({ tool }) => tool))].sort(),
    schemas: others.filter(({ path }) => isSchema(path)).map(({ path }) => path),
    unseen: others.filter(({ sort, change }) => sort !== 'file' && change !== 'deleted').map(({ path }) => path),
  }
}

function matcher(globs: readonly string[]): Match {
  const excluded = globs.filter((glob) => glob.startsWith('!')).map((glob) => fromRoot(glob.slice(1)))
  const wanted = globs.filter((glob) => !glob.startsWith('!')).map(fromRoot)
  const rules = wanted.length > 0 ? [{ tool: 'custom', globs: wanted }] : migrationRules
  const tests = rules.map((rule) => ({ rule, fits: test(rule) }))
  const isExcluded = excluded.length > 0 ? picomatch(excluded, globOptions) : () => false
  return (path, sort) => (isExcluded(path) ? undefined : tests.find(({ fits }) => fits(path, sort))?.rule)
}

/** `/db/*.sql` and `./db/*.sql` mean the same as `db/*.sql`; `db/` means all that lies in it. */
function fromRoot(glob: string): string {
  const path = glob.replace(/^\.?\/+/, '')
  return path.endsWith('/') ? `${path}**` : path
}

function test({ globs, name, only }: MigrationRule): (path: string, sort: ChangedFile['sort']) => boolean {
  const fits = picomatch([...globs], globOptions)
  return (path, sort) =>
    fits(path) &&
    (only === undefined || sort !== 'file') &&
    (name === undefined || name.test(path.slice(path.lastIndexOf('/') + 1)))
}

function migrationIn({ change, path, from = path, sort }: ChangedFile, match: Match): MigrationFile | undefined {
  const before = change === 'added' ? undefined : match(from, sort)
  const after = change === 'deleted' ? undefined : match(path, sort)
  const rule = after ?? before
  if (!rule) return undefined
  const { tool } = rule
  // Moved in from elsewhere: new to the tool. Moved out: gone, however it was renamed.
  if (change === 'renamed' && !before) return { tool, state: 'added', path, applied: false }
  const applied = before !== undefined && !(change === 'edited' && rule.editable)
  return { tool, state: change, path, ...(change === 'renamed' && { from }), applied }
}

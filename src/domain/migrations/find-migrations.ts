// Finds the migrations in a change, and those that the base already has.
import picomatch from 'picomatch'
import type { ChangedFile } from './changed-file.ts'
import { plainPath, shortName } from './plain-path.ts'
import { isTestFile } from './test-files.ts'
import { documentName, type MigrationRule, migrationFolders, migrationRules, neverMigrations } from './tools.ts'

/** A migration that a change adds or touches. */
export interface MigrationFile {
  readonly tool: string
  readonly state: ChangedFile['change']
  readonly path: string
  /** The old path of a renamed migration. */
  readonly from?: string
  /** The base has it, so it may have been applied, and its tool does not expect it to change. */
  readonly applied: boolean
}

export interface FoundMigrations {
  /** In the order of the change. */
  readonly migrations: readonly MigrationFile[]
  /** Number of migrations with `applied`. */
  readonly edited: number
  /** Names of tools, sorted, without duplicates. */
  readonly tools: readonly string[]
  /**
   * Paths whose names mention migrations, but that match no rule. Documents and paths that the user excludes are
   * omitted.
   */
  readonly unrecognized: readonly string[]
}

type Rule = Pick<MigrationRule, 'tool' | 'editable' | 'settings'>

interface Matcher {
  ruleOf(path: string, file: ChangedFile): Rule | undefined
  isExcluded(path: string): boolean
}

/** `**` must match newlines in names, and names that begin with a dot. */
const globOptions = { dot: true, flags: 's' }

/**
 * Finds migrations by the built-in rules, or by the user's globs, which replace them. A glob that begins with `!`
 * excludes paths; if there are only such globs, the built-in rules apply to other paths. Links and submodules count in
 * both cases, because their content is unknown.
 */
export function findMigrations(files: readonly ChangedFile[], globs: readonly string[] = []): FoundMigrations {
  const match = matcher(globs)
  const found = files.map((file) => ({ file, migration: migrationIn(file, match) }))
  const migrations = found.flatMap(({ migration }) => migration ?? [])
  return {
    migrations,
    unrecognized: found.flatMap(({ file, migration }) =>
      migration ? [] : pathsOf(file).filter(isDoubtful(match)).slice(0, 1),
    ),
    edited: migrations.filter(({ applied }) => applied).length,
    tools: [...new Set(migrations.map(({ tool }) => tool))].sort(),
  }
}

function pathsOf({ path, from, aliases = [] }: ChangedFile): string[] {
  return [path, ...aliases, ...(from === undefined ? [] : [from])]
}

function isDoubtful({ isExcluded }: Matcher): (given: string) => boolean {
  return (given) => {
    const path = plainPath(given)
    return path.includes('migrat') && !documentName.test(path) && !isExcluded(given)
  }
}

/** Including globs ignore case, excluding globs do not. */
function matcher(globs: readonly string[]): Matcher {
  const excluded = globs.filter((glob) => glob.startsWith('!')).map((glob) => fromRoot(glob.slice(1)))
  const wanted = globs.filter((glob) => !glob.startsWith('!')).map(fromRoot)
  const isExcluded = excluded.length > 0 ? picomatch(excluded, globOptions) : () => false
  const ruleOf = wanted.length > 0 ? ruleOfUser(wanted) : ruleOfTools()
  return {
    isExcluded,
    ruleOf: (path, file) => {
      if (isExcluded(path)) return undefined
      return file.sort === 'file' ? ruleOf(path) : ruleOfUnseen(path, file)
    },
  }
}

/** `/db/*.sql` and `./db/*.sql` mean the same as `db/*.sql`; `db/` means everything below it. */
function fromRoot(glob: string): string {
  const path = glob.replace(/^\.?\/+/, '')
  return path.endsWith('/') ? `${path}**` : path
}

function ruleOfUser(globs: readonly string[]): (path: string) => Rule | undefined {
  const isWanted = picomatch([...globs], { ...globOptions, flags: 'is' })
  return (path) => (isWanted(path) ? { tool: 'custom' } : undefined)
}

/** The built-in globs. They are compiled once. */
let compiledRules: ReturnType<typeof compileRules> | undefined

function compileRules() {
  const isNever = picomatch([...neverMigrations], globOptions)
  const tests = migrationRules.map((rule) => ({ rule, fits: picomatch([...rule.globs], globOptions) }))
  return { isNever, tests }
}

function ruleOfTools(): (path: string) => Rule | undefined {
  compiledRules ??= compileRules()
  const { isNever, tests } = compiledRules
  return (given) => {
    const path = plainPath(given)
    const name = path.slice(path.lastIndexOf('/') + 1)
    if (path.split('/').some((part) => shortName.test(part))) return { tool: 'other' }
    return isNever(path) || isTestFile(path)
      ? undefined
      : tests.find(({ rule, fits }) => fits(path) && (rule.name?.test(name) ?? true))?.rule
  }
}

const isMigrationFolder = picomatch([...migrationFolders], globOptions)

/** A link or submodule may contain migrations, whatever its name. A deleted one counts only if its name says so. */
function ruleOfUnseen(given: string, { change }: ChangedFile): Rule | undefined {
  const path = plainPath(given)
  const counts = change === 'deleted' ? isMigrationFolder(path) : !documentName.test(path)
  return counts ? { tool: 'links', editable: true } : undefined
}

function migrationIn(file: ChangedFile, match: Matcher): MigrationFile | undefined {
  const { change, path, from = path, aliases = [] } = file
  const before = change === 'added' ? undefined : firstRule(from === path ? [path, ...aliases] : [from], file, match)
  const after = change === 'deleted' ? undefined : firstRule([path, ...aliases], file, match)
  const rule = after ?? before
  if (!rule) return undefined
  const { tool } = rule
  // Moved in from elsewhere: new to the tool. Moved out: deleted, whatever its new name is.
  if (change === 'renamed' && !before) return { tool, state: 'added', path, applied: false }
  const applied = before !== undefined && !rule.settings && !(change === 'edited' && rule.editable)
  return { tool, state: change, path, ...(change === 'renamed' && { from }), applied }
}

function firstRule(paths: readonly string[], file: ChangedFile, match: Matcher): Rule | undefined {
  for (const path of paths) {
    const rule = match.ruleOf(path, file)
    if (rule) return rule
  }
  return undefined
}

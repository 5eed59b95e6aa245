// Finds installed PostgreSQL client tools, and selects those for a server.
import { access, constants, readdir } from 'node:fs/promises'
import { basename, delimiter, dirname, join } from 'node:path'
import { Failure } from '../../domain/failures/failure.ts'
import { harmlessEnvironment } from '../../streams/processes/child.ts'
import { readTool } from '../../streams/processes/read-tool.ts'
import { installClient } from './install-tools.ts'

/** The client tools of one PostgreSQL major version. */
export interface ClientTools {
  readonly major: number
  /** `15.18`. */
  readonly version: string
  /** Folder that contains pg_dump, pg_restore and psql. */
  readonly folder: string
  /** True if the folder also contains initdb and postgres, so that scratch clusters can be created. */
  readonly server: boolean
}

/** Folders with one subfolder per major version, each with the path of the programs in the subfolder. */
const versionedFolders: readonly (readonly [string, string])[] = [
  ['/usr/lib/postgresql', 'bin'],
  ['/usr/local/pgsql', 'bin'],
  ['/opt/homebrew/opt', 'bin'],
  ['/usr/local/opt', 'bin'],
  ['/Applications/Postgres.app/Contents/Versions', 'bin'],
]

/** Returns all installed client tools, newest major first. `searchPath` has the format of PATH. */
export async function installedTools(searchPath: string, extraFolders: readonly string[] = []): Promise<ClientTools[]> {
  const folders = [...extraFolders, ...(await candidateFolders()), ...searchPath.split(delimiter).filter(Boolean)]
  const found = await Promise.all([...new Set(folders)].map(toolsIn))
  const known = new Map<string, ClientTools>()
  for (const tools of found) if (tools && !known.has(tools.version)) known.set(tools.version, tools)
  return [...known.values()].sort((a, b) => b.major - a.major)
}

async function candidateFolders(): Promise<string[]> {
  const lists = await Promise.all(
    versionedFolders.map(async ([parent, bin]) =>
      (await readdir(parent).catch(() => [])).map((name) => join(parent, name, bin)),
    ),
  )
  const redHat = (await readdir('/usr').catch(() => []))
    .filter((name) => name.startsWith('pgsql-'))
    .map((name) => `/usr/${name}/bin`)
  return [...lists.flat(), ...redHat]
}

async function toolsIn(folder: string): Promise<ClientTools | undefined> {
  const program = join(folder, 'pg_dump')
  if (!(await executable(program))) return undefined
  const said = await readTool({ command: program, arguments: ['--version'] }).catch(() => '')
  const version = /\(PostgreSQL\) (\d+(?:\.\d+)?(?:[a-z]+\d+)?)/.exec(said)?.[1]
  if (!version) return undefined
  const server = (await executable(join(folder, 'initdb'))) && (await executable(join(folder, 'postgres')))
  return { major: Number.parseInt(version, 10), version, folder, server }
}

async function executable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

/** Returns the tools of the same major, else of the nearest newer one, else undefined. */
export function fittingTools(installed: readonly ClientTools[], major: number): ClientTools | undefined {
  return installed.filter((tools) => tools.major >= major).sort((a, b) => a.major - b.major)[0]
}

/** The Failure if no installed client fits (exit code 2). It names the package to install. */
function noFittingTools(installed: readonly ClientTools[], major: number, version: string): Failure {
  const have =
    installed.length === 0
      ? 'no PostgreSQL client is installed'
      : `only ${installed.map((tools) => tools.version).join(', ')} is installed`
  return new Failure('postgres/client-version', `the server is PostgreSQL ${version}, and ${have}`, {
    hint: `Install postgresql-client-${major} (from your distribution or from apt.postgresql.org), or use --install-tools.`,
  })
}

/**
 * Returns the tools for a server. With `install`, installs the client of the server's major if it is missing. Throws a
 * Failure of kind usage that names the package if no client fits.
 */
export async function toolsFor(
  server: { readonly major: number; readonly version: string },
  install: boolean,
): Promise<ClientTools> {
  const exact = await exactTools(server.major)
  if (exact) return exact
  const searchPath = harmlessEnvironment().PATH ?? ''
  const installed = await installedTools(searchPath)
  const fitting = fittingTools(installed, server.major)
  if (fitting?.major === server.major) return fitting
  if (install) {
    await installClient(server.major)
    const found = fittingTools(await installedTools(searchPath), server.major)
    if (found) return found
  }
  if (fitting) return fitting
  throw noFittingTools(installed, server.major, server.version)
}

/**
 * Finds the tools of one major in the folders of distributions only. Does not run programs on PATH, because one may be
 * a slow script.
 */
export async function exactTools(major: number): Promise<ClientTools | undefined> {
  const named = new RegExp(`(^|\\D)${major}$`)
  const folders = (await candidateFolders()).filter((folder) => named.test(basename(dirname(folder))))
  const found = await Promise.all(folders.map(toolsIn))
  return found.find((tools) => tools?.major === major)
}

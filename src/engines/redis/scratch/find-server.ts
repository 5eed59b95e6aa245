// Finds the installed redis-server (or valkey-server) that reads a backup's RDB.
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { asFailure, Failure } from '../../../domain/failures/failure.ts'
import { installedNames, programName, type RedisProgram } from '../../../domain/redis/products.ts'
import { productOfRdb, readersOf, readsRdb } from '../../../domain/redis/rdb-versions.ts'
import { harmlessEnvironment } from '../../../streams/processes/child.ts'
import { readTool } from '../../../streams/processes/read-tool.ts'

export interface ServerProgram extends RedisProgram {
  readonly path: string
}

const names = ['redis-server', 'valkey-server'] as const
const usualFolders = [
  '/usr/bin',
  '/usr/local/bin',
  '/usr/sbin',
  '/opt/homebrew/bin',
  '/usr/local/opt/redis/bin',
  '/snap/bin',
]

/**
 * Returns the first installed server that reads RDBs of this version. Throws a failure of kind tool if there is none,
 * naming a server that was found. `folders`: folders to search; default: PATH and the usual folders.
 */
export async function findRedisServer(
  rdb: number,
  signal: AbortSignal,
  folders: readonly string[] = searched(),
): Promise<ServerProgram> {
  const found: ServerProgram[] = []
  for (const path of await installed(folders)) {
    const program = await programAt(path, signal)
    if (program && readsRdb(program, rdb)) return program
    if (program) found.push(program)
  }
  const [other] = found
  if (!other) {
    const product = productOfRdb(rdb)
    const { server } = installedNames(product)
    throw new Failure('drill/no-redis-server', `no ${server} is installed, which a drill of this backup needs`, {
      hint: `Install ${readersOf(rdb)}: sudo apt-get install --no-install-recommends ${server} (macOS: brew install ${product}). It does not have to run.`,
    })
  }
  throw new Failure(
    'drill/redis-too-old',
    `${other.path} is ${programName(other)}, which does not read the backup's RDB version ${rdb}`,
    {
      hint: `Install ${readersOf(rdb)}, and put its ${installedNames(productOfRdb(rdb)).server} first on PATH.`,
    },
  )
}

function searched(): string[] {
  const path = (harmlessEnvironment().PATH ?? '').split(delimiter).filter(Boolean)
  return [...new Set([...path, ...usualFolders])]
}

async function installed(folders: readonly string[]): Promise<string[]> {
  const paths = names.flatMap((name) => folders.map((folder) => join(folder, name)))
  const there = await Promise.all(paths.map((path) => access(path, constants.X_OK).then(...both)))
  return paths.filter((_, at) => there[at])
}

const both = [() => true, () => false] as const

/** Undefined for a program that does not print a version like redis-server. */
async function programAt(path: string, signal: AbortSignal): Promise<ServerProgram | undefined> {
  try {
    const said = await readTool({ command: path, arguments: ['--version'], signal }, 1 << 16)
    // "Redis server v=7.0.15 sha=…", "Valkey server v=8.0.1 sha=…"; Valkey 7.2 calls itself "Server v=7.2.5".
    const [, product = '', version] = /^(\w+) (?:server )?v=(\d[\w.]*)/i.exec(said) ?? []
    if (version === undefined) return undefined
    return { path, version, product: /^redis$/i.test(product) ? 'redis' : 'valkey' }
  } catch (error) {
    signal.throwIfAborted()
    if (asFailure(error).kind === 'tool') return undefined
    throw error
  }
}

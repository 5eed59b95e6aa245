// The folders of this machine that a server in a sandbox can see: the system's programs and the server's own.
import { lstat, realpath } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join, sep } from 'node:path'

const system = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/nix/store',
  '/home/linuxbrew/.linuxbrew',
]
/** Debian's dictionaries for text search are links into this folder. */
const cache = '/var/cache/postgresql'
/** Folders next to `bin` that are shown; of `share` only PostgreSQL's. */
const nextToBin = ['lib', 'lib64', 'libexec', 'share/postgresql', 'share/extension']

/**
 * Returns the folders (or symbolic links) to show; none is inside another. For a program outside of the system's
 * folders: the folder in which it was installed, if that contains only programs (it is not in a home and contains
 * none), else `bin`, `lib` and others.
 */
export async function visibleTo(programs: readonly string[], home = homedir()): Promise<string[]> {
  const folders = [...system, cache]
  for (const program of programs) {
    const real = await realpath(program).catch(() => program)
    for (const path of [program, real]) folders.push(...(await neededBy(dirname(path), home)))
  }
  const there: string[] = []
  for (const folder of new Set(folders)) if (await exists(folder)) there.push(folder)
  return there.filter((folder) => !there.some((other) => other !== folder && isWithin(folder, other)))
}

async function neededBy(folder: string, home: string): Promise<string[]> {
  if (system.some((each) => isWithin(folder, each))) return []
  if (basename(folder) !== 'bin') return [folder]
  const prefix = dirname(folder)
  if (await holdsOnlyPrograms(prefix, home)) return [prefix]
  const share = (await exists(join(prefix, 'share', 'postgres.bki'))) ? ['share'] : []
  return [folder, ...[...nextToBin, ...share].map((name) => join(prefix, name))]
}

/** Whether a folder such as /opt/postgresql-17 is dedicated to programs, and outside of every home. */
async function holdsOnlyPrograms(prefix: string, home: string): Promise<boolean> {
  const real = await realpath(home).catch(() => home)
  const homes = ['/home', '/root', ...(real === '/' ? [] : [real])]
  const isDeep = prefix.split(sep).length > 2
  return isDeep && !homes.some((each) => isWithin(prefix, each) || isWithin(each, prefix))
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep)
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

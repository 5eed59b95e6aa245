// The folders of this machine that a rehearsed command can see: programs, but no user's files.
import { lstat, realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, sep } from 'node:path'

export interface Visible {
  /** Folders (or symbolic links) to show read-only; none is inside another. */
  readonly folders: readonly string[]
  /** PATH with its visible folders. */
  readonly path: string
}

const always = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc', '/nix/store']
/** Folders next to `bin` that its programs need. */
const besideBin = ['lib', 'lib64', 'libexec', 'include']

/**
 * Returns the system's folders and those on PATH: for `…/bin` also `lib` and others next to it, for
 * `…/node_modules/.bin` the packages. Omits a folder on PATH that contains one of `hidden`.
 */
export async function visibleFolders(path: string, hidden: readonly string[]): Promise<Visible> {
  const folders: string[] = []
  for (const folder of always) if (await exists(folder)) folders.push(folder)
  const kept: string[] = []
  const secret = await Promise.all(hidden.map((each) => realpath(each).catch(() => each)))
  for (const entry of path.split(':').filter(isAbsolute)) {
    const real = await realpath(entry).catch(() => undefined)
    if (real === undefined || secret.some((each) => isWithin(each, real))) continue
    kept.push(isWithin(entry, '/usr') || always.includes(entry) ? entry : real)
    for (const folder of await neededBy(real))
      if (!folders.some((shown) => isWithin(folder, shown))) folders.push(folder)
  }
  const outermost = folders.filter((folder) => !folders.some((other) => other !== folder && isWithin(folder, other)))
  return { folders: outermost, path: [...new Set([...kept, '/usr/local/bin', '/usr/bin', '/bin'])].join(':') }
}

/**
 * Returns the folder of the target of `/etc/resolv.conf` if that is a link to a folder that is not shown. Commands that
 * use the network need it.
 */
export async function resolverFolders(): Promise<string[]> {
  const real = await realpath('/etc/resolv.conf').catch(() => '/etc/resolv.conf')
  const folder = dirname(real)
  return folder.split(sep).length > 2 && !always.some((shown) => isWithin(folder, shown)) ? [folder] : []
}

async function neededBy(entry: string): Promise<string[]> {
  if (basename(entry) === '.bin') return [dirname(entry)]
  if (basename(entry) !== 'bin') return [entry]
  const beside = besideBin.map((name) => join(dirname(entry), name))
  const there = await Promise.all(beside.map(exists))
  return [entry, ...beside.filter((_, index) => there[index])]
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? folder : folder + sep)
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

// Temporary folders of this process, and those that killed runs left behind: they may hold a plain dump.
import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, mkdir, mkdtemp, open, readdir, rename, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { readTool } from './child.ts'
import { namesProcess, thisProcess, whetherAlive } from './process-identity.ts'
import { removeTree } from './remove-tree.ts'

/** How the names of all temporary folders begin. Every run removes what is left of them. */
export const temporaryPrefixes = [
  'resguardo-artifact-',
  'resguardo-dump-',
  'resguardo-elsewhere-',
  'resguardo-load-',
  'resguardo-redis-',
  'resguardo-rehearsal-',
  'resguardo-removing-',
  'resguardo-restore-',
  'resguardo-scratch-',
  'resguardo-spool-',
  'resguardo-tenant-',
  'resguardo-tenants-',
] as const

export type TemporaryPrefix = (typeof temporaryPrefixes)[number]

const isOurName = (name: string): boolean => temporaryPrefixes.some((prefix) => name.startsWith(prefix))

const minute = 60_000
const day = 1440 * minute

/**
 * Makes a folder below `temporary` that only this user can enter, with a file `pid` that says whose it is. `temporary` is made where it
 * is not there; others may pass through it then, since a server of another user may have to.
 */
export async function makeOwnFolder(temporary: string, prefix: TemporaryPrefix): Promise<string> {
  const parent = resolve(temporary)
  await mkdir(parent, { recursive: true, mode: 0o711 })
  await point(parent)
  const folder = await makeFolder(parent, prefix)
  pointers.get(parent)?.folders.add(folder)
  return folder
}

async function makeFolder(parent: string, prefix: TemporaryPrefix): Promise<string> {
  const folder = await mkdtemp(join(parent, prefix)) // with mode 0700
  try {
    await writeFile(join(folder, 'pid'), thisProcess(), { flag: 'wx', mode: 0o600 })
    return folder
  } catch (error) {
    await remove(folder)
    throw error
  }
}

/** Where this process has made folders that commands without `--temporary` would not look for: they find the pointers. */
const pointers = new Map<string, { readonly pointer: Promise<string | undefined>; readonly folders: Set<string> }>()

async function point(parent: string): Promise<void> {
  const isWithinOurs = parent.split(sep).some(isOurName)
  if (isWithinOurs || parent === resolve(tmpdir()) || parent === '/tmp') return
  if (!pointers.has(parent)) pointers.set(parent, { pointer: makePointer(parent), folders: new Set() })
  await pointers.get(parent)?.pointer
}

async function makePointer(parent: string): Promise<string | undefined> {
  try {
    const folder = await makeFolder(tmpdir(), 'resguardo-elsewhere-')
    await writeFile(join(folder, 'folder'), parent, { flag: 'wx', mode: 0o600 })
    return folder
  } catch {
    return undefined // the next run with the same --temporary looks there
  }
}

/** Forgets a folder of this process, and removes the pointer with the last one of its parent. */
async function unpoint(folder: string): Promise<void> {
  const parent = dirname(folder)
  const there = pointers.get(parent)
  if (!there?.folders.delete(folder) || there.folders.size > 0) return
  pointers.delete(parent)
  const pointer = await there.pointer
  if (pointer !== undefined) await remove(pointer)
}

/** Removes it, also what another user made in it. Never throws: what is left goes with the next run. */
export async function removeOwnFolder(folder: string): Promise<void> {
  await remove(folder)
  await unpoint(folder)
}

/** Whether it is gone. Never throws. */
async function remove(folder: string): Promise<boolean> {
  try {
    await removeTree(folder, 'pid') // a removal that is killed leaves what says whose the rest is
    return true
  } catch {
    if (process.getuid?.() === 0) return false
    const removal = { command: 'sudo', arguments: ['-n', '--', 'rm', '-rf', '--', folder] }
    return readTool(removal).then(
      () => true,
      () => false,
    )
  }
}

/** A folder of this process for the work, removed afterwards; where the process is killed, the next run removes it. */
export async function withOwnFolder<T>(
  temporary: string,
  prefix: TemporaryPrefix,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await makeOwnFolder(temporary, prefix)
  try {
    return await work(folder)
  } finally {
    await removeOwnFolder(folder)
  }
}

export interface Swept {
  /** How many folders with files of killed runs were removed. */
  readonly removed: number
  /** Paths of those that hold files of another user, which this user must not remove. */
  readonly left: readonly string[]
}

/**
 * Removes folders of this user with one of our names, if the process that made them is gone; where this container cannot tell, when they
 * are a day old. A folder with anything in it that does not say which process made it is somebody's own, such as a store, and so is another
 * user's, whatever it is called. Also looks in the folders to which pointers of such processes lead. Never throws.
 */
export async function sweepLeftovers(...folders: readonly string[]): Promise<Swept> {
  const swept = { removed: 0, left: [] as string[] }
  const waiting = [...new Set(folders.map((folder) => resolve(folder)))]
  for (const parent of waiting) {
    for (const found of await sweepFolder(parent, swept)) if (!waiting.includes(found)) waiting.push(found)
  }
  return swept
}

/** Gives the folders that pointers lead to. */
async function sweepFolder(parent: string, swept: { removed: number; left: string[] }): Promise<readonly string[]> {
  const names = (await readdir(parent).catch(() => [])).filter(isOurName)
  if (names.length === 0) return []
  const targets: string[] = []
  // Whoever may write to `parent` can put something else in a folder's place: moved into a folder of ours it stays what it is.
  try {
    const removing = await makeFolder(parent, 'resguardo-removing-')
    const { mtimeMs: now } = await lstat(removing)
    const sweepOne = async (name: string): Promise<void> => {
      const claimed = join(removing, name)
      if (!(await claim(join(parent, name), claimed, now))) return
      const isPointer = name.startsWith('resguardo-elsewhere-')
      if (isPointer) targets.push(...(await textOf(join(claimed, 'folder'), longestPath)))
      if (!(await remove(claimed))) swept.left.push(await giveBack(claimed, join(parent, name)))
      else if (!isPointer) swept.removed += 1
    }
    await Promise.allSettled(names.map(sweepOne))
    await remove(removing)
  } catch {
    // this user may not write there
  }
  return targets.filter(isAbsolute)
}

async function claim(folder: string, claimed: string, now: number): Promise<boolean> {
  const found = await leftover(folder, now)
  if (!found) return false
  try {
    await rename(folder, claimed)
  } catch {
    return false // another run was faster
  }
  const { ino, dev } = await lstat(claimed)
  if (ino === found.ino && dev === found.dev) return true
  // Somebody put another folder in its place.
  await giveBack(claimed, folder)
  return false
}

/** Under its name, or under a new one where that is no longer free. */
async function giveBack(claimed: string, folder: string): Promise<string> {
  const other = join(dirname(folder), `kept-${randomUUID()}`)
  return rename(claimed, folder).then(
    () => folder,
    () => rename(claimed, other).then(() => other),
  )
}

async function leftover(folder: string, now: number): Promise<{ ino: number; dev: number } | undefined> {
  const found = await lstat(folder).catch(() => undefined)
  if (!found?.isDirectory() || found.uid !== process.geteuid?.()) return undefined
  const said = (await textOf(join(folder, 'pid'), 100)).join('')
  if (!namesProcess(said)) return found.mtimeMs < now - minute && (await isUnused(folder, found.mode)) ? found : undefined
  const alive = whetherAlive(said)
  return alive === false || (alive === undefined && found.mtimeMs < now - day) ? found : undefined
}

/** Its process was killed before it wrote anything into it; ours are for this user alone. */
async function isUnused(folder: string, mode: number): Promise<boolean> {
  if ((mode & 0o077) !== 0) return false
  const names = await readdir(folder).catch(() => ['?'])
  if (names.some((name) => name !== 'pid')) return false
  return names.length === 0 || (await lstat(join(folder, 'pid')).catch(() => undefined))?.size === 0
}

const longestPath = 4096

/** The beginning of a regular file, at most this many bytes; nothing where there is none, or no text in it. */
async function textOf(path: string, bytes: number): Promise<readonly string[]> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(path, flags).catch(() => undefined)
  if (!file) return []
  try {
    if (!(await file.stat()).isFile()) return []
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0)
    return bytesRead === 0 ? [] : [buffer.toString('utf8', 0, bytesRead)]
  } finally {
    await file.close()
  }
}

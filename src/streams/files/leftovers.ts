// Temporary folders of this process, and removal of those that killed runs left behind, which may contain a plain dump.
import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, mkdir, mkdtemp, open, readdir, rename, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { identityOf, namesProcess, whetherAlive } from '../processes/process-identity.ts'
import { readTool } from '../processes/read-tool.ts'
import { removeTree } from './remove-tree.ts'

/** Prefixes of the names of all temporary folders. Every run removes leftover folders with these prefixes. */
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
 * Makes a folder below `temporary` that only this user can enter, with a file `pid` that identifies this process. If
 * `temporary` is missing, creates it with mode 0711, because a server of another user may have to pass through it.
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
    await writeFile(join(folder, 'pid'), identityOf(process.pid), { flag: 'wx', mode: 0o600 })
    return folder
  } catch (error) {
    await remove(folder)
    throw error
  }
}

/**
 * Names a child of this process that removes the folder after this process has ended: until the child has ended, no
 * other run removes it.
 */
export async function nameRemover(folder: string, pid: number): Promise<void> {
  await writeFile(join(folder, 'remover'), identityOf(pid), { flag: 'wx', mode: 0o600 })
}

/** Pointers to folders of this process, so that commands with another `--temporary` find them. */
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
    return undefined // the next run with the same --temporary checks that folder
  }
}

/** Unregisters a folder of this process. Removes the pointer with the last folder in its parent. */
async function unpoint(folder: string): Promise<void> {
  const parent = dirname(folder)
  const there = pointers.get(parent)
  if (!there?.folders.delete(folder) || there.folders.size > 0) return
  pointers.delete(parent)
  const pointer = await there.pointer
  if (pointer !== undefined) await remove(pointer)
}

/** Removes the folder, including files of other users. Never throws: the next run removes what remains. */
export async function removeOwnFolder(folder: string): Promise<void> {
  await remove(folder)
  await unpoint(folder)
}

/** Returns whether the folder was removed. Never throws. */
async function remove(folder: string): Promise<boolean> {
  try {
    await removeTree(folder, 'pid') // last, so that a killed removal leaves the file that identifies the process
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

/**
 * Runs the work in a folder of this process, and removes the folder. If the process is killed, the next run removes it.
 */
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

interface Swept {
  /** Number of removed folders of killed runs. */
  readonly removed: number
  /** Paths of folders with files of another user, which this user cannot remove. */
  readonly left: readonly string[]
}

/**
 * Removes folders of this user with one of our names if their process has ended, or if they are a day old and this
 * container cannot determine that. Keeps folders with files but without a process ID, such as a store, and folders of
 * other users. Also checks the folders in pointers of such processes. Never throws.
 */
export async function sweepLeftovers(...folders: readonly string[]): Promise<Swept> {
  const swept = { removed: 0, left: [] as string[] }
  const waiting = [...new Set(folders.map((folder) => resolve(folder)))]
  for (const parent of waiting) {
    for (const found of await sweepFolder(parent, swept)) if (!waiting.includes(found)) waiting.push(found)
  }
  return swept
}

/** Returns the folders in the pointers. */
async function sweepFolder(parent: string, swept: { removed: number; left: string[] }): Promise<readonly string[]> {
  const names = (await readdir(parent).catch(() => [])).filter(isOurName)
  if (names.length === 0) return []
  const targets: string[] = []
  // Other users with write access to `parent` can replace a folder. After the move into a folder of ours they cannot.
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
    // this user has no write access there
  }
  return targets.filter(isAbsolute)
}

async function claim(folder: string, claimed: string, now: number): Promise<boolean> {
  const found = await leftover(folder, now)
  if (!found) return false
  try {
    await rename(folder, claimed)
  } catch {
    return false // another run has removed it
  }
  const again = await leftover(claimed, now)
  if (again?.ino === found.ino && again.dev === found.dev) return true
  // Another folder has replaced it, or its process has just written its ID.
  await giveBack(claimed, folder)
  return false
}

/** Restores the name of the folder, or uses a new name if it is in use. */
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
  if (!namesProcess(said))
    return found.mtimeMs < now - minute && (await isUnused(folder, found.mode)) ? found : undefined
  const alive = whetherAlive(said)
  if (alive === false && whetherAlive((await textOf(join(folder, 'remover'), 100)).join(''))) return undefined
  return alive === false || (alive === undefined && found.mtimeMs < now - day) ? found : undefined
}

/**
 * Whether its process was killed before it wrote its ID, or after it removed everything else. Folders of runs are
 * accessible only to this user; the group of the sandbox user may pass through them.
 */
async function isUnused(folder: string, mode: number): Promise<boolean> {
  if ((mode & 0o067) !== 0) return false
  const names = await readdir(folder).catch(() => ['?'])
  if (names.some((name) => name !== 'pid')) return false
  return names.length === 0 || (await lstat(join(folder, 'pid')).catch(() => undefined))?.size === 0
}

const longestPath = 4096

/** Returns the start of a regular file, at most this many bytes; empty if it does not exist or has no text. */
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

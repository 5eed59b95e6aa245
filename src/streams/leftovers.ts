// Temporary folders of this process, and those that killed runs left behind: they may hold a plain dump.
import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, mkdir, mkdtemp, open, readdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { readTool } from './child.ts'
import { thisProcess, whetherAlive } from './process-identity.ts'
import { removeTree } from './remove-tree.ts'

/** How the names of all temporary folders begin. Every run removes what is left of them. */
export const temporaryPrefixes = [
  'resguardo-artifact-',
  'resguardo-dump-',
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

const day = 86_400_000

/**
 * Makes a folder below `temporary` that only this user can enter, with a file `pid` that says whose it is. `temporary` is made where it
 * is not there; others may pass through it then, since a server of another user may have to.
 */
export async function makeOwnFolder(temporary: string, prefix: TemporaryPrefix): Promise<string> {
  const parent = resolve(temporary)
  await mkdir(parent, { recursive: true, mode: 0o711 })
  const folder = await mkdtemp(join(parent, prefix)) // with mode 0700
  try {
    await writeFile(join(folder, 'pid'), thisProcess(), { flag: 'wx', mode: 0o600 })
    return folder
  } catch (error) {
    await removeOwnFolder(folder)
    throw error
  }
}

/** Removes it, also what another user made in it. Never throws: what is left goes with the next run. */
export async function removeOwnFolder(folder: string): Promise<void> {
  await removeTree(folder).catch(async () => {
    if (process.getuid?.() !== 0)
      await readTool({ command: 'sudo', arguments: ['-n', '--', 'rm', '-rf', '--', folder] }).catch(() => {})
  })
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

/**
 * Removes folders of this user with one of our names, if the process that made them is gone; those that do not say which process that is
 * when they are a day old. Another user's folder is left alone, whatever it is called. Never throws.
 */
export async function sweepLeftovers(temporary: string): Promise<void> {
  const parent = resolve(temporary)
  const names = (await readdir(parent).catch(() => [])).filter((name) =>
    temporaryPrefixes.some((prefix) => name.startsWith(prefix)),
  )
  if (names.length === 0) return
  // Whoever may write to `parent` can put something else in a folder's place: moved into a folder of ours it stays what it is.
  await withOwnFolder(parent, 'resguardo-removing-', async (removing) => {
    const { mtimeMs: now } = await lstat(removing)
    await Promise.all(names.map((name) => claim(join(parent, name), join(removing, name), now)))
  }).catch(() => {})
}

async function claim(folder: string, claimed: string, now: number): Promise<void> {
  const found = await leftover(folder, now)
  if (!found) return
  try {
    await rename(folder, claimed)
  } catch {
    return // another run was faster
  }
  const { ino, dev } = await lstat(claimed)
  if (ino === found.ino && dev === found.dev) return
  // Somebody put another folder in its place: it goes back, where its name is no longer free under a new one.
  await rename(claimed, folder).catch(() => rename(claimed, join(dirname(folder), `kept-${randomUUID()}`)))
}

async function leftover(folder: string, now: number): Promise<{ ino: number; dev: number } | undefined> {
  const found = await lstat(folder).catch(() => undefined)
  if (!found?.isDirectory() || found.uid !== process.geteuid?.()) return undefined
  const alive = whetherAlive(await pidOf(folder))
  return alive === false || (alive === undefined && found.mtimeMs < now - day) ? found : undefined
}

/** At most a hundred bytes of a regular file. */
async function pidOf(folder: string): Promise<string> {
  const file = await open(join(folder, 'pid'), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => undefined,
  )
  if (!file) return ''
  try {
    if (!(await file.stat()).isFile()) return ''
    const { buffer, bytesRead } = await file.read(Buffer.alloc(100), 0, 100, 0)
    return buffer.toString('latin1', 0, bytesRead)
  } finally {
    await file.close()
  }
}

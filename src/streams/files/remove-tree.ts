// Removes a folder whose content another user may still be changing. Resolves no path twice, follows no link.
import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, type FileHandle, open, readdir, rename, rm, rmdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'

const directory = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
/** O_PATH of open(2), which Node does not name. */
const pathOnly = 0o10_000_000
/** Maximum number of open folders; deeper folders are first moved up. */
const deepest = 32

/**
 * Removes a folder and its content. Each folder is opened once, and its entries are removed relative to it (openat(2),
 * by way of /proc/self/fd), so that a link that replaces a folder meanwhile has no effect. Throws system errors; a
 * missing folder counts as removed. On systems other than Linux, where nothing runs as another user, uses Node's own
 * removal. `last`: the name of an entry that is removed after all others.
 */
export async function removeTree(path: string, last?: string): Promise<void> {
  if (process.platform !== 'linux') return removeByNode(path, last)
  const bytes = Buffer.from(path)
  if (await isUnlinked(bytes)) return
  const top = await openFolder(bytes)
  try {
    while (!(await removeBelow(top, top, 0, last)));
    while (!(await removeBelow(top, top, 0)));
  } finally {
    await top.close()
  }
  await rmdir(path)
}

async function removeByNode(path: string, last: string | undefined): Promise<void> {
  const names = last === undefined ? [] : await readdir(path).catch(() => [])
  for (const name of names) if (name !== last) await rm(join(path, name), { recursive: true, force: true })
  await rm(path, { recursive: true, force: true })
}

/** Returns whether everything except `last` was removed; false if folders were moved up to `top`. */
async function removeBelow(folder: FileHandle, top: FileHandle, depth: number, last?: string): Promise<boolean> {
  let isEmpty = true
  for (const name of await readdir(within(folder), { encoding: 'buffer' })) {
    if (depth === 0 && name.toString('latin1') === last) continue
    const path = Buffer.concat([within(folder), name])
    if (await isUnlinked(path)) continue
    if (depth === deepest) {
      await rename(path, Buffer.concat([within(top), Buffer.from(randomUUID())]))
      isEmpty = false
      continue
    }
    const below = await openFolder(path)
    try {
      isEmpty = (await removeBelow(below, top, depth + 1)) && isEmpty
    } finally {
      await below.close()
    }
    await rmdir(path)
  }
  return isEmpty
}

function within({ fd }: FileHandle): Buffer {
  return Buffer.from(`/proc/self/fd/${fd}/`)
}

/** False for a folder. */
async function isUnlinked(path: Buffer): Promise<boolean> {
  try {
    await unlink(path)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return true
    if (code === 'EISDIR') return false
    throw error
  }
}

/** Sets mode 0700 first, in case the owner may not read or write the folder. */
async function openFolder(path: Buffer): Promise<FileHandle> {
  const itself = await open(path, pathOnly | directory)
  try {
    if (process.getuid?.() !== 0) await chmod(within(itself), 0o700).catch(() => {})
    return await open(within(itself), directory)
  } finally {
    await itself.close()
  }
}

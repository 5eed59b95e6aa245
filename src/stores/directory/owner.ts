// Gives files that root creates in a store to the owner of the parent folder, so that the store stays usable for its
// user.
import { constants, readlinkSync, realpathSync } from 'node:fs'
import { type FileHandle, open, readdir, stat, unlink } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { Failure } from '../../domain/failures/failure.ts'
import { errorCode } from '../file-errors.ts'

const isRoot = process.geteuid?.() === 0
const folderAlone = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW

/** On Linux as root, gives a new file to the owner of its folder. Does nothing on file systems without owners. */
export async function giveToOwner(file: FileHandle): Promise<void> {
  const path = isRoot ? pathOf(file) : undefined
  if (path !== undefined) await give(file, dirname(path))
}

/** The same for a new folder, only if it is empty: the owner of its parent could have replaced it with another one. */
export async function giveFolderToOwner(path: string): Promise<void> {
  if (!isRoot) return
  const folder = await open(path, folderAlone)
  try {
    const itself = `/proc/self/fd/${folder.fd}`
    if (pathOf(folder) !== undefined && (await readdir(itself)).length === 0) await give(folder, `${itself}/..`)
  } finally {
    await folder.close()
  }
}

async function give(handle: FileHandle, folder: string): Promise<void> {
  const { uid, gid } = await stat(folder)
  if (uid === 0) return
  await handle.chown(uid, gid).catch((error: unknown) => {
    if (!['EPERM', 'ENOTSUP', 'EINVAL', 'ENOSYS'].includes(errorCode(error) ?? '')) throw error
  })
}

/** An open file or folder with a descriptor. */
type Opened = Pick<FileHandle, 'fd'>

/**
 * Throws `store/symbolic-link` if an open file or folder is not below `root`, because a link replaced a folder after
 * the check of the path. Only on Linux.
 */
export function requireInside(root: string, opened: Opened): void {
  const path = pathOf(opened)
  if (path === undefined) return
  const real = realpathSync.native(root)
  if (path === real || path.startsWith(real === sep ? sep : real + sep)) return
  throw new Failure('store/symbolic-link', `${path} is outside of the store ${root}: a symbolic link leads there`, {
    hint: 'Links that lead out of a store are not followed. Find out who can write to the store.',
  })
}

/**
 * Removes files relative to their folder after checking that it is below `root`. Skips missing files. Returns the open
 * folder, which the caller closes. Throws system errors.
 */
export async function unlinkInside(root: string, folder: string, names: readonly string[]): Promise<FileHandle> {
  const opened = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    requireInside(root, opened)
    const path = pathOf(opened) === undefined ? folder : `/proc/self/fd/${opened.fd}`
    for (const name of names) await unlinkIfThere(join(path, name))
    return opened
  } catch (error) {
    await opened.close()
    throw error
  }
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}

/** The current path, as the system reports it; undefined if it does not. */
function pathOf({ fd }: Opened): string | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return undefined
  }
}

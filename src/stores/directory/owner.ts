// Gives files that root creates in a store to the owner of the parent folder, so that the store stays usable for its user.
import { constants } from 'node:fs'
import { type FileHandle, open, readdir, readlink, realpath, stat, unlink } from 'node:fs/promises'
import { basename, dirname, sep } from 'node:path'
import { Failure } from '../../domain/failure.ts'
import { errorCode } from './errors.ts'

const isRoot = process.geteuid?.() === 0
const folderAlone = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW

/** As root, gives a file that was just made to the owner of its folder. On Linux; what knows no owners is left alone. */
export async function giveToOwner(file: FileHandle): Promise<void> {
  const path = isRoot ? await pathOf(file) : undefined
  if (path !== undefined) await give(file, dirname(path))
}

/**
 * The same for a folder that was just made. An empty one only: whoever owns the folder around it could have put another one in its
 * place meanwhile.
 */
export async function giveFolderToOwner(path: string): Promise<void> {
  if (!isRoot) return
  const folder = await open(path, folderAlone)
  try {
    const itself = `/proc/self/fd/${folder.fd}`
    if ((await pathOf(folder)) !== undefined && (await readdir(itself)).length === 0) await give(folder, `${itself}/..`)
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

/**
 * Throws `store/symbolic-link` if an open file or folder is not below `root`: somebody who may write to the store put a link in
 * a folder's place after it was checked. On Linux.
 */
export async function requireInside(root: string, handle: FileHandle): Promise<void> {
  const path = await pathOf(handle)
  if (path === undefined) return
  const real = await realpath(root)
  if (path === real || path.startsWith(real === sep ? sep : real + sep)) return
  throw new Failure('store/symbolic-link', `${path} is outside of the store ${root}: somebody placed a symbolic link there`, {
    hint: 'Links that lead out of a store are not followed. Find out who can write to the store.',
  })
}

/** Removes a file relative to its folder, once that is known to be below `root`. Throws what the system says. */
export async function unlinkInside(root: string, path: string): Promise<void> {
  const folder = await open(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await requireInside(root, folder)
    await unlink((await pathOf(folder)) === undefined ? path : `/proc/self/fd/${folder.fd}/${basename(path)}`)
  } finally {
    await folder.close()
  }
}

/** Where the system says that it is now; undefined on systems that do not say. */
async function pathOf({ fd }: FileHandle): Promise<string | undefined> {
  return process.platform === 'linux' ? readlink(`/proc/self/fd/${fd}`).catch(() => undefined) : undefined
}

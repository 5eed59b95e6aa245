// Makes the entries of a folder survive a power failure, with one sync for several files that finish together.
import { type FileHandle, open } from 'node:fs/promises'
import { errorCode } from '../file-errors.ts'

/** A folder to which files are being written. */
interface SyncedFolder {
  /**
   * Resolves when every entry made before the call is durable. Does nothing on file systems that cannot sync a folder.
   */
  sync(): Promise<void>
  /** Can be called repeatedly. */
  release(): Promise<void>
}

interface Shared {
  readonly handle: Promise<FileHandle>
  users: number
  /** The running sync. */
  running: Promise<void>
  /** The following sync, shared by all callers that wait for it. */
  next: Promise<void> | undefined
}

const shared = new Map<string, Shared>()

/**
 * Opens the folder until it is released. Callers with the same folder share a handle and its syncs. Throws system
 * errors.
 */
export async function holdFolder(path: string): Promise<SyncedFolder> {
  const folder = shared.get(path) ?? { handle: open(path, 'r'), users: 0, running: Promise.resolve(), next: undefined }
  shared.set(path, folder)
  folder.users += 1
  let held = true
  const release = async (): Promise<void> => {
    if (!held) return
    held = false
    folder.users -= 1
    if (folder.users > 0) return
    shared.delete(path)
    await folder.handle.then((handle) => handle.close())
  }
  const handle = await folder.handle.catch(async (error: unknown) => {
    await release().catch(() => {})
    throw error
  })
  const sync = (): Promise<void> => {
    folder.next ??= folder.running
      .catch(() => {})
      .then(() => {
        folder.next = undefined
        folder.running = syncHandle(handle)
        return folder.running
      })
    return folder.next
  }
  return { sync, release }
}

/** Makes a folder's entries survive a power failure. Does nothing on file systems that cannot sync a folder. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await syncHandle(folder)
  } finally {
    await folder.close()
  }
}

/** The same for an open folder. */
export async function syncHandle(folder: FileHandle): Promise<void> {
  try {
    await folder.sync()
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EISDIR', 'EPERM'].includes(errorCode(error) ?? '')) throw error
  }
}

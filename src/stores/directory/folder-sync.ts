// Making the entries of a folder survive a power cut, once for several files that are finished together.
import { type FileHandle, open } from 'node:fs/promises'
import { errorCode } from '../file-errors.ts'

/** A folder that files are being written into. */
interface SyncedFolder {
  /**
   * Resolves once every entry made before the call is durable. File systems that cannot sync a folder are left alone.
   */
  sync(): Promise<void>
  /** Once is enough. */
  release(): Promise<void>
}

interface Shared {
  readonly handle: Promise<FileHandle>
  users: number
  /** The sync under way. */
  running: Promise<void>
  /** The one after it, which whoever asks now shares. */
  next: Promise<void> | undefined
}

const shared = new Map<string, Shared>()

/**
 * Holds the folder open until it is released; those who hold the same folder share a handle and its syncs. Throws what
 * the system says.
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

/** Makes a folder's entries survive a power cut; file systems that cannot are left alone. */
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

// Removes files of a directory store, folder by folder, durably.
import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Removal } from '../../ports/common.ts'
import { errorCode, fileFailure } from '../file-errors.ts'
import { keySegments } from '../keys.ts'
import { syncFolder, syncHandle } from './folder-sync.ts'
import { unlinkInside } from './owner.ts'
import { refuseLinksOut, removeEmptyFolders } from './tree.ts'

/** Maximum number of open folders. */
const foldersAtOnce = 64

/**
 * Removes files and folders that become empty. Yields in the given order. After the iteration, the removal survives a
 * power failure. Several folders are synced together, because a second sync after a journal write is cheap.
 */
export async function* removeFiles(root: string, keys: readonly string[]): AsyncGenerator<Removal> {
  const paths = keys.map((key) => join(root, ...keySegments(key)))
  for (let from = 0, to = 0; from < keys.length; from = to) {
    const folders = new Map<string, string[]>()
    for (; to < keys.length && folders.size < foldersAtOnce; to += 1) {
      const path = paths[to] as string
      const folder = dirname(path)
      const names = folders.get(folder)
      if (names) names.push(basename(path))
      else folders.set(folder, [basename(path)])
    }
    await removeFrom(root, folders)
    for (const key of keys.slice(from, to)) yield { key, outcome: 'removed' }
  }
}

/** Durably removes one file with a validated path, and folders that become empty. */
export function removeFile(root: string, path: string): Promise<void> {
  return removeFrom(root, new Map([[dirname(path), [basename(path)]]]))
}

/** Durably removes a folder with a validated path if it is empty, and folders that become empty. */
export function removeEmptyFolder(root: string, path: string): Promise<void> {
  return removeFrom(root, new Map([[path, []]]))
}

async function removeFrom(root: string, folders: ReadonlyMap<string, readonly string[]>): Promise<void> {
  const around = new Set<string>()
  const opened = await Promise.allSettled([...folders].map(([folder, names]) => unlink(root, folder, names)))
  const syncs = [...folders.keys()].map(async (folder, place) => {
    const result = opened[place]
    const handle = result?.status === 'fulfilled' ? result.value : undefined
    try {
      const parent = removeEmptyFolders(root, folder)
      // A removed folder needs no sync.
      if (parent !== undefined) around.add(parent)
      else if (handle) await syncing(folder, syncHandle(handle))
    } finally {
      await handle?.close()
    }
  })
  throwFirst([...opened, ...(await Promise.allSettled(syncs))])
  for (const folder of around) await syncing(folder, syncFolder(folder))
}

function throwFirst(results: readonly PromiseSettledResult<unknown>[]): void {
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

/** Ignores folders that were removed with their last entry. */
async function syncing(folder: string, sync: Promise<void>): Promise<void> {
  await sync.catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw fileFailure(error, { doing: `sync ${folder}`, path: folder })
  })
}

/** Returns the open folder; undefined if it does not exist. */
async function unlink(root: string, folder: string, names: readonly string[]): Promise<FileHandle | undefined> {
  try {
    refuseLinksOut(root, folder)
    return await unlinkInside(root, folder, names)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined
    const path = names.length === 1 ? join(folder, names[0] ?? '') : folder
    throw fileFailure(error, { doing: `remove ${path}`, path })
  }
}

// A store in a directory: files appear complete or not at all, are private to the user, and survive a power failure.
import { constants, fstatSync } from 'node:fs'
import { access, type FileHandle, open, stat, unlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { addAbortSignal, Readable } from 'node:stream'
import { Failure } from '../../domain/failures/failure.ts'
import { probeKey } from '../../domain/probes.ts'
import type { Leftover, ListOptions, Store, StoredObject } from '../../ports/common.ts'
import { errorCode, fileFailure } from '../file-errors.ts'
import { checkPrefix, partFile } from '../keys.ts'
import { removeEmptyFolder, removeFile, removeFiles } from './removal.ts'
import { makeFolder, pathOf, walk } from './tree.ts'
import { createFile, openFileWriter, partPath } from './writer.ts'

/** The key of the probe in early versions. */
const formerProbeKey = 'probe'

/** The address as the user wrote it, and the clock to use if the folder is not writable. */
interface DirectoryOptions {
  readonly address?: string
  readonly now?: () => Date
}

/**
 * Opens a store in the directory at `path` (relative to the working directory). Nothing is accessed until it is used;
 * `check(true)` and writing make the directory. This store does not confirm digests: read the bytes back.
 */
export function openDirectoryStore(path: string, options: DirectoryOptions = {}): Store {
  const root = resolve(path)
  return {
    address: options.address ?? `file:${path}`,
    check: (writing) => check(root, writing),
    openWriter: async (key, { estimate, signal } = {}) => openFileWriter(root, pathOf(root, key), { estimate, signal }),
    create: async (key, content) => createFile(root, pathOf(root, key), content),
    readUnverified: (key, { offset, signal } = {}) => read(root, key, offset ?? 0, signal),
    list: (prefix, options) => list(root, prefix, options),
    remove: (keys) => removeFiles(root, keys),
    leftovers: (prefix, options) => leftovers(root, prefix, options),
    now: () => storeTime(root, options.now),
  }
}

async function check(root: string, writing: boolean): Promise<void> {
  const doing = `use ${root} as a store`
  try {
    if (writing) {
      await makeFolder(root)
      await probe(root)
    }
    const found = await stat(root)
    if (!found.isDirectory())
      throw new Failure('store/not-a-directory', `could not ${doing}: it is not a directory`, {
        hint: 'Choose a directory.',
      })
    await access(root, constants.R_OK | constants.X_OK)
  } catch (error) {
    // mkdir fails with EEXIST if a file has this name.
    if (errorCode(error) === 'EEXIST')
      throw new Failure('store/not-a-directory', `could not ${doing}: it is not a directory`, {
        hint: 'Choose a directory.',
      })
    if (errorCode(error) === 'ENOENT')
      throw new Failure('store/not-found', `the folder ${root} does not exist`, {
        hint: 'Check the path, and whether the disk is mounted.',
      })
    throw fileFailure(error, { doing, path: root })
  }
}

/**
 * Writes and removes a small file: the only reliable test of permissions and space. Returns its time, by the store's
 * own clock.
 */
async function probe(root: string): Promise<Date> {
  const path = partPath(join(root, probeKey))
  const file = await open(path, 'wx', 0o600)
  try {
    await file.write('.')
    return (await file.stat()).mtime
  } finally {
    await file.close()
    await unlink(path)
  }
}

async function storeTime(root: string, now: (() => Date) | undefined): Promise<Date> {
  try {
    return await probe(root)
  } catch (error) {
    if (now && ['EACCES', 'EROFS', 'EPERM', 'ENOENT'].includes(errorCode(error) ?? '')) return now()
    throw fileFailure(error, { doing: `get the time from ${root}`, path: root })
  }
}

async function read(root: string, key: string, offset: number, signal?: AbortSignal): Promise<Readable | undefined> {
  const path = pathOf(root, key)
  const readFailure = (error: unknown) => fileFailure(error, { doing: `read ${path}`, path })
  let file: FileHandle | undefined
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
    const found = fstatSync(file.fd) // synchronous, because the system has the result in memory
    if (found.isFile()) {
      const stream = streamFile(file, { offset, size: found.size }, readFailure)
      return signal ? addAbortSignal(signal, stream) : stream
    }
    await file.close()
    return undefined
  } catch (error) {
    await file?.close().catch(() => undefined)
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined
    throw readFailure(error)
  }
}

const portion = 256 * 1024

/** The file's bytes from an offset on, with disk errors as Failures. Closes the file. */
function streamFile(
  file: FileHandle,
  { offset, size }: { readonly offset: number; readonly size: number },
  failure: (error: unknown) => Failure,
): Readable {
  let at = offset
  let ended = false
  return new Readable({
    highWaterMark: portion,
    read() {
      if (ended) return
      // One byte more than expected, so that a file that grew meanwhile is read to its new end.
      const wanted = Math.min(portion, Math.max(1, size - at + 1))
      file.read(Buffer.allocUnsafe(wanted), 0, wanted, at).then(
        ({ bytesRead, buffer }) => {
          at += bytesRead
          ended = bytesRead === 0 || (bytesRead < wanted && at === size)
          if (bytesRead > 0) this.push(buffer.subarray(0, bytesRead))
          if (ended) this.push(null)
        },
        (error: unknown) => this.destroy(failure(error)),
      )
    },
    destroy(error, done) {
      file.close().then(
        () => done(error),
        (closing: unknown) => done(error ?? failure(closing)),
      )
    },
  })
}

async function* list(root: string, prefix: string, options?: ListOptions): AsyncGenerator<StoredObject> {
  for (const each of [prefix, ...(options?.below ?? [])]) checkPrefix(each)
  for (const each of options?.below ?? [prefix]) yield* walk(root, each, (name) => !partFile.test(name), options)
}

async function* leftovers(root: string, prefix: string, options?: ListOptions): AsyncGenerator<Leftover> {
  checkPrefix(prefix)
  const at = prefix.lastIndexOf('/') + 1
  // The prefix applies to the key. A temporary file on disk has a dot before its name; a folder has not.
  const onDisk = at === prefix.length ? [prefix] : [prefix, `${prefix.slice(0, at)}.${prefix.slice(at)}`]
  if (prefix === probeKey) onDisk.push(`.${formerProbeKey}.`)
  for (const start of onDisk) {
    for await (const found of walk(root, start, (name) => partFile.test(name), { ...options, emptyFolders: true })) {
      const key = keyOfPart(found.key)
      if (!key.startsWith(prefix)) continue
      const path = join(root, found.key)
      const remove = () => (key.endsWith('/') ? removeEmptyFolder(root, path) : removeFile(root, path))
      yield { key, started: found.modified, remove }
    }
  }
}

function keyOfPart(path: string): string {
  if (path.endsWith('/')) return path
  const at = path.lastIndexOf('/') + 1
  const key = path.slice(0, at) + (partFile.exec(path.slice(at))?.[1] ?? '')
  return key === formerProbeKey ? probeKey : key
}

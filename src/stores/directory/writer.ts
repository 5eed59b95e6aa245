// Writes one file so that it appears complete or not at all: a temporary file in its folder is synced, then renamed.
import { randomBytes } from 'node:crypto'
import { type FileHandle, link, lstat, open, readFile, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Failure } from '../../domain/failures/failure.ts'
import type { StoreWriter, Written } from '../../ports/common.ts'
import { errorCode, fileFailure } from '../file-errors.ts'
import { holdFolder, syncFolder } from './folder-sync.ts'
import { giveToOwner, requireInside } from './owner.ts'
import { makeFolder, removeEmptyFolders } from './tree.ts'

interface Options {
  readonly estimate?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Opens a writer for the file at `path`, below `root`. The temporary file is `.<file>.<random>.part` in the same
 * folder.
 */
export async function openFileWriter(
  root: string,
  path: string,
  { estimate, signal }: Options = {},
): Promise<StoreWriter> {
  const part = partPath(path)
  let written = 0
  let state: 'open' | 'finished' | 'aborted' = 'open'
  const failure = (error: unknown) =>
    fileFailure(error, { doing: `write ${path}`, path: dirname(path), written, expected: estimate })

  const file = await openPart(root, part).catch((error: unknown) => {
    throw failure(error)
  })
  const discard = async (): Promise<void> => {
    await file.close().catch(() => undefined)
    await unlink(part).catch(() => undefined)
    removeEmptyFolders(root, dirname(path))
  }
  // Opened now, because the temporary file prevents the removal and the replacement of the folder.
  const folder = await holdFolder(dirname(path)).catch(async (error: unknown) => {
    await discard()
    throw failure(error)
  })

  return {
    async write(chunk: Uint8Array): Promise<void> {
      refuseAborted(signal)
      try {
        written += await writeAll(file, chunk)
      } catch (error) {
        throw failure(error)
      }
    },
    async finish(): Promise<Written> {
      refuseAborted(signal)
      try {
        await file.sync()
        await file.close()
        await rename(part, path)
        state = 'finished'
        await folder.sync().finally(() => folder.release())
        return { bytes: written, digestConfirmed: false }
      } catch (error) {
        throw failure(error)
      }
    },
    async abort(): Promise<void> {
      if (state !== 'open') return
      state = 'aborted'
      await folder.release().catch(() => undefined)
      await discard()
    },
  }
}

/**
 * Writes a file that must not exist, all or nothing. Returns if it exists with the same content; throws a failure of
 * kind refused if it exists with other content.
 */
export async function createFile(root: string, path: string, content: Uint8Array): Promise<void> {
  const part = partPath(path)
  const failure = (error: unknown) =>
    fileFailure(error, { doing: `write ${path}`, path: dirname(path), expected: content.length })
  try {
    const file = await openPart(root, part)
    try {
      await writeAll(file, content)
      await file.sync()
    } finally {
      await file.close()
    }
    await linkOnce(part, path, content)
    await syncFolder(dirname(path))
  } catch (error) {
    await unlink(part).catch(() => undefined)
    removeEmptyFolders(root, dirname(path))
    throw failure(error)
  }
}

async function linkOnce(part: string, path: string, content: Uint8Array): Promise<void> {
  try {
    await link(part, path)
    await unlink(part)
  } catch (error) {
    const code = errorCode(error) ?? ''
    if (code === 'EEXIST') await compare(path, content)
    else if (!noHardLinks.has(code)) throw error
    else if (await exists(path)) await compare(path, content)
    else return await rename(part, path)
    await unlink(part)
  }
}

const noHardLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

async function compare(path: string, content: Uint8Array): Promise<void> {
  const there = await lstat(path)
  if (there.isFile() && there.size === content.length && Buffer.compare(await readFile(path), content) === 0) return
  throw new Failure('store/object-exists', `${path} already exists with other content`, {
    hint: 'Nothing was overwritten. Another run may have written the file. List the backups and compare.',
  })
}

async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  )
}

/** Returns a new, unique temporary file name for `path`. */
export function partPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.part`)
}

/**
 * Opens the temporary file. Makes its folder if it is missing, again if the cleanup of another run has just removed it.
 */
async function openPart(root: string, part: string): Promise<FileHandle> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ownPart(root, part, await open(part, 'wx', 0o600))
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' || attempt === 5) throw error
    }
    await makeFolder(dirname(part))
  }
}

async function ownPart(root: string, part: string, file: FileHandle): Promise<FileHandle> {
  try {
    requireInside(root, file)
    await giveToOwner(file)
    return file
  } catch (error) {
    await file.close()
    await unlink(part).catch(() => undefined)
    throw error
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<number> {
  let done = 0
  while (done < chunk.length) done += (await file.write(chunk, done, chunk.length - done)).bytesWritten
  return done
}

function refuseAborted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return
  throw signal.reason instanceof Failure
    ? signal.reason
    : new Failure('interrupted', 'interrupted', { cause: signal.reason })
}

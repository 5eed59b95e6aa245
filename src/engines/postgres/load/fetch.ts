// Writes payloads to disk if they fit.
import { type FileHandle, mkdir, open, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Failure } from '../../../domain/failures/failure.ts'
import { formatBytes } from '../../../domain/text/quantities.ts'
import type { PayloadSource } from '../../../ports/platform.ts'

/** Free bytes in a folder that this user may allocate. */
async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

/** Factor on the content's size for the required space. */
const margin = 1.05

/** Whether the payloads' content fits in `folder` and leaves `reserve` bytes. */
export async function fits(folder: string, payloads: readonly PayloadSource[], reserve: number): Promise<boolean> {
  return (await freeBytes(folder)) >= requiredBytes(payloads) + reserve
}

function requiredBytes(payloads: readonly PayloadSource[]): number {
  return Math.ceil(payloads.reduce((sum, { payload }) => sum + payload.contentBytes, 0) * margin)
}

/** The failure if payloads do not fit on the disk. */
export async function noRoom(
  folder: string,
  payloads: readonly PayloadSource[],
  reserve: number,
  cause?: unknown,
): Promise<Failure> {
  const free = await freeBytes(folder).catch(() => 0)
  return new Failure(
    'disk/full',
    `${folder} needs ${requiredBytes(payloads) + reserve} bytes (${formatBytes(requiredBytes(payloads) + reserve)}) of disk space, but has ${formatBytes(free)} free`,
    { hint: 'Free space, or choose a folder on another disk with --temporary.', cause },
  )
}

/** Path of a payload's content below a folder: its file name without the extension of the compression. */
export function contentPath(folder: string, { payload }: PayloadSource): string {
  return join(folder, payload.encodings.includes('zstd') ? payload.file.replace(/\.zst$/, '') : payload.file)
}

/**
 * Writes a payload's content below `folder`; resolves with its path only if its bytes match the manifest. Throws a
 * failure of kind tool that names folder and bytes if the disk is full.
 */
export async function fetchPayload(
  source: PayloadSource,
  folder: string,
  signal: AbortSignal,
  onBytes: (bytes: number) => void = () => {},
): Promise<string> {
  const path = contentPath(folder, source)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? twice(source, error) : error
  })
  try {
    await watchingSize(file, onBytes, () => source.save(file, signal))
    return path
  } catch (error) {
    signal.throwIfAborted()
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOSPC' || code === 'disk/full') throw await noRoom(folder, [source], 0, error)
    throw error
  } finally {
    await file.close()
  }
}

const millisecondsBetweenLooks = 250

/** Calls `onBytes` with the bytes by which the file has grown. */
async function watchingSize(
  file: FileHandle,
  onBytes: (bytes: number) => void,
  work: () => Promise<void>,
): Promise<void> {
  let known = 0
  const look = async (): Promise<void> => {
    const { size } = await file.stat()
    if (size > known) onBytes(size - known)
    known = Math.max(known, size)
  }
  const timer = setInterval(() => void look().catch(() => {}), millisecondsBetweenLooks)
  try {
    await work()
  } finally {
    clearInterval(timer)
  }
  await look()
}

function twice({ payload }: PayloadSource, cause: unknown): Failure {
  return new Failure('manifest/damaged', `two payloads of the backup contain ${payload.file.replace(/\.zst$/, '')}`, {
    hint: 'Use another copy of this backup (another store), or another backup.',
    cause,
  })
}

// Writes a stream to a new file that only this user can read.
import { createWriteStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Failure } from '../../domain/failures/failure.ts'

/** Throws errors of the source, a failure of kind tool if the file cannot be written, and EEXIST if it exists. */
export async function writePrivateFile(
  source: Readable | AsyncIterable<Uint8Array>,
  path: string,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await pipeline(source, createWriteStream(path, { flags: 'wx', mode: 0o600 }), signal ? { signal } : {})
  } catch (error) {
    const { code = '' } = error as { code?: string }
    if (error instanceof Failure || !/^E(NOSPC|DQUOT|FBIG|ACCES|ROFS)$/.test(code)) throw error
    throw new Failure('disk/not-writable', `could not write ${path} (${code})`, {
      hint: 'Free space, or choose another folder with --temporary.',
      cause: error,
    })
  }
}

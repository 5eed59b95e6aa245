// A staged file for an upload: the client library uploads only files, under their own names.

import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { makeOwnFolder, removeOwnFolder } from '../../streams/files/leftovers.ts'
import { fileFailure } from '../file-errors.ts'

export interface StagedFile {
  readonly path: string
  readonly bytes: number
  /** Appends. When it resolves, the caller may overwrite the chunk. */
  write(chunk: Uint8Array): Promise<void>
  /** Ends writing; returns the SHA-256 (hex) of all bytes written. */
  close(): Promise<string>
  /** Removes the file and its folder. Never throws. */
  discard(): Promise<void>
}

/** Makes an empty file called `name` in a new folder below `temporary`, private to the user. */
export async function stageFile(temporary: string, name: string, expected?: number): Promise<StagedFile> {
  const failure = (error: unknown, written = 0) =>
    fileFailure(error, { doing: `stage ${name} in ${temporary}`, path: temporary, written, expected })
  const { folder, file } = await begin().catch((error: unknown) => {
    throw failure(error)
  })
  const hash = createHash('sha256')
  let bytes = 0
  let closing: Promise<void> | undefined

  async function begin() {
    const folder = await makeOwnFolder(temporary, 'resguardo-artifact-')
    return { folder, file: await open(join(folder, name), 'wx', 0o600) }
  }

  return {
    path: join(folder, name),
    get bytes() {
      return bytes
    },
    async write(chunk) {
      try {
        for (let done = 0; done < chunk.length; )
          done += (await file.write(chunk, done, chunk.length - done)).bytesWritten
      } catch (error) {
        throw failure(error, bytes)
      }
      hash.update(chunk)
      bytes += chunk.length
    },
    async close() {
      closing ??= file.close()
      await closing.catch((error: unknown) => {
        throw failure(error, bytes)
      })
      return hash.digest('hex')
    },
    async discard() {
      closing ??= file.close()
      await closing.catch(() => undefined)
      await removeOwnFolder(folder)
    },
  }
}

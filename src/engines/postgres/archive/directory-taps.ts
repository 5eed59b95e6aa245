// Taps that read the bytes of one file of a directory archive each.
import { createHash } from 'node:crypto'
import { CopyDigest, type CopyFingerprint } from './copy-digest.ts'
import { damagedFile } from './damage.ts'

/**
 * Receives the bytes of one file. `push` and `end` throw a Failure of kind `integrity` if pg_dump would not write them.
 */
export interface FileTap {
  push(chunk: Uint8Array): void
  end(): void
}

/** Ignores the bytes of a file. */
export const silentTap: FileTap = { push: () => undefined, end: () => undefined }

/** Digests the rows of a table. */
export function rowsTap(file: string, sumRows: boolean, done: (copy: CopyFingerprint) => void): FileTap {
  const copy = new CopyDigest()
  copy.begin({ sumRows })
  return {
    push: (chunk) => copy.add(chunk, 0, chunk.length),
    end: () => done(copy.finish((what) => damagedFile(file, what))),
  }
}

/** Digests a large object, or any other file. */
export function contentTap(done: (bytes: number, sha256: Buffer) => void): FileTap {
  const hash = createHash('sha256')
  let bytes = 0
  return {
    push: (chunk) => {
      hash.update(chunk)
      bytes += chunk.length
    },
    end: () => done(bytes, hash.digest()),
  }
}

/** Reads `blobs.toc`, which has a line `<oid> blob_<oid>.dat` for each large object. */
export function objectListTap(file: string, listed: (oid: number) => void): FileTap {
  let open = ''
  const line = (text: string) => {
    const [, oid = '', again] = /^([1-9]\d{0,9}) blob_(\d+)\.dat$/.exec(text) ?? []
    if (oid === '' || oid !== again) throw damagedFile(file, 'a line does not name a large object')
    listed(Number(oid))
  }
  return {
    push: (chunk) => {
      const lines = (open + Buffer.from(chunk).toString('latin1')).split('\n')
      open = lines.pop() ?? ''
      if (open.length > 100) throw damagedFile(file, 'a line is too long')
      for (const text of lines) line(text)
    },
    end: () => {
      if (open !== '') throw damagedFile(file, 'its last line has no line end')
    },
  }
}

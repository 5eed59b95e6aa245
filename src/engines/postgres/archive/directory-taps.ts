// What listens to each file of a directory archive as its bytes go by.
import { createHash } from 'node:crypto'
import { CopyDigest, type CopyPrint } from './copy-digest.ts'
import { damagedFile } from './damage.ts'

/** Takes one file's bytes; `end` throws a Failure of kind `integrity` if they were not what pg_dump writes. */
export interface FileTap {
  push(chunk: Uint8Array): void
  end(): void
}

/** For files that say nothing about the data. */
export const silentTap: FileTap = { push: () => undefined, end: () => undefined }

/** A table's rows. */
export function rowsTap(file: string, sumRows: boolean, done: (copy: CopyPrint) => void): FileTap {
  const copy = new CopyDigest()
  copy.begin({ sumRows })
  return {
    push: (chunk) => copy.add(chunk, 0, chunk.length),
    end: () => done(copy.finish((what) => damagedFile(file, what))),
  }
}

/** The content of a large object, or of any file. */
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

/** `blobs.toc`: a line `<oid> blob_<oid>.dat` for each large object. */
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
      if (open.length > 100) throw damagedFile(file, 'a line has no end')
      for (const text of lines) line(text)
    },
    end: () => {
      if (open !== '') throw damagedFile(file, 'its last line has no line end')
    },
  }
}

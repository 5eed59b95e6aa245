// The entries of a ZIP on disk. Their names are checked first; none is read beyond its stated size.
import { createInflateRaw } from 'node:zlib'
import yauzl from 'yauzl'
import { Failure } from '../../../../domain/failures/failure.ts'
import { ofAnotherMaker } from './tables-json.ts'

const stored = 0
const deflated = 8
/** Maximum number of entries; Resguardo writes no ZIP with as many. */
const mostEntries = 100_000

export class ZipContents {
  /** Uncompressed bytes of each entry by name, as the ZIP states them; verified when the entry is read. */
  readonly sizes: ReadonlyMap<string, number>
  readonly #zip: yauzl.ZipFile
  readonly #entries: ReadonlyMap<string, yauzl.Entry>

  private constructor(zip: yauzl.ZipFile, entries: ReadonlyMap<string, yauzl.Entry>) {
    this.#zip = zip
    this.#entries = entries
    this.sizes = new Map([...entries].map(([name, { uncompressedSize }]) => [name, uncompressedSize]))
  }

  /**
   * Reads the list of entries. Throws a failure of kind integrity for unsafe or repeated names, encrypted entries, and
   * a truncated list.
   */
  static async open(path: string): Promise<ZipContents> {
    let zip: yauzl.ZipFile
    try {
      zip = await yauzl.openPromise(path, { autoClose: false, strictFileNames: true })
    } catch (cause) {
      throw damaged(cause)
    }
    try {
      const entries = new Map<string, yauzl.Entry>()
      let compressed = 0
      for await (const entry of zip.eachEntry()) {
        const name = entry.fileName
        if (entries.has(name)) throw wrong(`${JSON.stringify(name)} is in the ZIP twice`)
        if (entry.isEncrypted()) throw wrong(`${JSON.stringify(name)} in the ZIP is encrypted`)
        if (entry.compressionMethod !== stored && entry.compressionMethod !== deflated) {
          throw wrong(`${JSON.stringify(name)} in the ZIP is compressed by a method that Resguardo never uses`)
        }
        entries.set(name, entry)
        compressed += entry.compressedSize
        if (entries.size > mostEntries) throw wrong(`the ZIP has more than ${mostEntries} entries`)
      }
      if (compressed > zip.fileSize) throw wrong('entries of the ZIP overlap')
      return new ZipContents(zip, entries)
    } catch (error) {
      zip.close()
      throw damaged(error)
    }
  }

  /**
   * Yields the content of an entry. Throws a failure of kind integrity if its size differs from the stated one, or if
   * it cannot be inflated.
   */
  async *read(name: string): AsyncGenerator<Buffer> {
    const entry = this.#entries.get(name)
    if (!entry) throw wrong(`the ZIP has no ${JSON.stringify(name)}`)
    let bytes = 0
    try {
      const raw = await this.#zip.openReadStreamPromise(entry, { decodeFileData: false })
      const content = entry.compressionMethod === deflated ? raw.pipe(createInflateRaw({ chunkSize: 1 << 18 })) : raw
      raw.on('error', (error) => content.destroy(error))
      try {
        for await (const chunk of content as AsyncIterable<Buffer>) {
          bytes += chunk.length
          if (bytes > entry.uncompressedSize) break
          yield chunk
        }
      } finally {
        content.destroy()
        raw.destroy()
      }
    } catch (error) {
      throw damaged(error)
    }
    if (bytes === entry.uncompressedSize) return
    throw wrong(`${JSON.stringify(name)} in the ZIP does not have its stated size of ${entry.uncompressedSize} bytes`)
  }

  async close(): Promise<void> {
    this.#zip.close()
  }
}

function damaged(error: unknown): Failure {
  if (error instanceof Failure) return error
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT')
    return new Failure('file/not-found', 'the ZIP does not exist', { hint: 'Check the path.', cause: error })
  if (code === 'EIO' || code === 'EACCES')
    return new Failure('disk/not-readable', `could not read the ZIP: ${message}`, { cause: error })
  return wrong(`the ZIP is damaged, or not safe to read: ${message}`, error)
}

function wrong(sentence: string, cause?: unknown): Failure {
  return new Failure('tenant/zip-damaged', sentence, { hint: ofAnotherMaker, ...(cause !== undefined && { cause }) })
}

// archiver's ZIPs, with what lies in memory compressed in one go.
import type { Transform } from 'node:stream'
import { constants, crc32, createDeflateRaw, type DeflateRaw, deflateRawSync, type ZlibOptions } from 'node:zlib'
import { ZipArchive } from 'archiver'

/** What archiver does inside, as far as it is used here; not part of its interface. */
interface Engine {
  _appendBuffer(entry: Entry, content: Buffer, done: Done): void
  /** What compresses an entry that is a stream, or lets it through. */
  _smartStream(entry: Entry, done: Done): Checked
  _writeLocalFileHeader(entry: Entry): void
  _afterAppend(entry: Entry): void
  write(bytes: Buffer): boolean
}

interface Entry {
  getMethod(): number
  getGeneralPurposeBit(): { useDataDescriptor(use: boolean): void }
  setCrc(crc: number): void
  setSize(bytes: number): void
  setCompressedSize(bytes: number): void
}

interface Checked extends Transform {
  checksum: unknown
  rawSize: number
}

type Done = (error: Error | null, entry?: Entry) => void

const stored = 0
/** Compressing so much takes less time than it takes to wake another thread for it. */
const little = 16 << 10

/** What is compressed in one go at most. */
export const largestBuffer = 256 << 10

/**
 * archiver makes a stream for each entry. For thousands of small ones those streams, the threads they wake and the garbage they leave cost
 * more than the compressing.
 */
export function zipArchive(level: number): ZipArchive {
  const archive = new ZipArchive({ zlib: { level, chunkSize: 1 << 16 } })
  const { engine } = (archive as unknown as { readonly _module: { readonly engine: Engine } })._module
  const byStream = engine._appendBuffer.bind(engine)
  const smartStream = engine._smartStream.bind(engine)
  engine._smartStream = (entry, done) => {
    const stream = smartStream(entry, done)
    return entry.getMethod() === stored ? stream : withNativeCrc(stream)
  }
  const append = async (entry: Entry, content: Buffer): Promise<void> => {
    const packed = content.length <= little ? deflateRawSync(content, { level }) : await deflate(content, level)
    entry.getGeneralPurposeBit().useDataDescriptor(false) // all is known before it is written
    entry.setCrc(crc32(content))
    entry.setSize(content.length)
    entry.setCompressedSize(packed.length)
    engine._writeLocalFileHeader(entry)
    engine.write(packed)
    engine._afterAppend(entry)
  }
  engine._appendBuffer = (entry, content, done) => {
    if (entry.getMethod() === stored || content.length === 0 || content.length > largestBuffer) byStream(entry, content, done)
    else append(entry, content).then(() => done(null, entry), done)
  }
  return archive
}

/** The CRC-32 of archiver's own deflater is JavaScript: slower than the compressing, until V8 has compiled it. */
function withNativeCrc(stream: Checked): Checked {
  const { _transform: pass } = Object.getPrototypeOf(Object.getPrototypeOf(stream)) as Transform
  let checksum = 0
  stream._transform = (chunk: Buffer, encoding, done) => {
    checksum = crc32(chunk, checksum)
    stream.checksum = checksum
    stream.rawSize += chunk.length
    pass.call(stream, chunk, encoding, done)
  }
  return stream
}

/** By level: those that nobody uses now. */
const spare = new Map<number, DeflateRaw[]>()

/** In another thread. Deflaters are used again: each takes a quarter of a MB, for which V8 would collect garbage. */
async function deflate(content: Buffer, level: number): Promise<Buffer> {
  const idle = spare.get(level) ?? []
  spare.set(level, idle)
  const deflater = idle.pop() ?? newDeflater(level)
  const packed = await new Promise<Buffer>((resolve, reject) => {
    deflater.once('error', reject)
    deflater.write(content, (error) => {
      if (error) return reject(error)
      deflater.off('error', reject)
      resolve(deflater.read() as Buffer)
    })
  })
  deflater.reset()
  idle.push(deflater)
  return packed
}

/** Ends its output after each write. */
function newDeflater(level: number): DeflateRaw {
  const options: ZlibOptions & { highWaterMark: number } = {
    ...{ level, chunkSize: 1 << 16, flush: constants.Z_FINISH },
    highWaterMark: largestBuffer * 2, // or it would wait for somebody to read before it says that it is done
  }
  return createDeflateRaw(options)
}

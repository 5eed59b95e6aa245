// Parses the frame of a zstd stream (RFC 8878, section 3.1.1) without decompressing it.

const magic = 0xfd2fb528
const dictionaryBytes = [0, 1, 2, 4] as const
const sizeBytes = [0, 2, 4, 8] as const

/**
 * Passes a stream on if it is exactly one zstd frame, as `compress` writes it. Throws `refuse(what)` before it passes
 * on a byte of anything else: the zstd program would also decompress data after the frame, even gzip, xz or lz4,
 * without a memory limit. The decompressor detects a truncated frame.
 */
export async function* oneFrame(
  source: AsyncIterable<Uint8Array>,
  refuse: (what: string) => Error,
): AsyncGenerator<Uint8Array> {
  const frame = new FrameWalk(refuse)
  for await (const chunk of source) {
    frame.push(chunk)
    yield chunk
  }
}

type Step = 'magic' | 'descriptor' | 'block' | 'end'

class FrameWalk {
  readonly #refuse: (what: string) => Error
  #step: Step = 'magic'
  /** The field that is being read: its length, and its bytes so far. */
  #wanted = 4
  #field: number[] = []
  /** Bytes to skip before the next field. */
  #skip = 0
  #checksumBytes = 0

  constructor(refuse: (what: string) => Error) {
    this.#refuse = refuse
  }

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      const passed = Math.min(this.#skip, chunk.length - at)
      this.#skip -= passed
      at += passed
      if (at === chunk.length) return
      if (this.#step === 'end') throw this.#refuse('it has data after its frame')
      this.#field.push(chunk[at] as number)
      at += 1
      if (this.#field.length === this.#wanted)
        this.#take(this.#field.reduce((sum, byte, place) => sum + byte * 256 ** place, 0))
    }
  }

  #take(value: number): void {
    this.#field = []
    if (this.#step === 'magic') {
      if (value !== magic) throw this.#refuse('it does not begin with a zstd frame')
      this.#expect('descriptor', 1, 0)
    } else if (this.#step === 'descriptor') this.#takeDescriptor(value)
    else this.#takeBlock(value)
  }

  #takeDescriptor(value: number): void {
    const isSingle = (value & 0x20) !== 0
    const size = value >> 6 === 0 && isSingle ? 1 : (sizeBytes[value >> 6] ?? 0)
    this.#checksumBytes = (value & 0x04) !== 0 ? 4 : 0
    this.#expect('block', 3, (isSingle ? 0 : 1) + (dictionaryBytes[value & 3] ?? 0) + size)
  }

  /** A block header: last-block flag, type and size. An RLE block stores a single byte. */
  #takeBlock(value: number): void {
    const stored = ((value >> 1) & 3) === 1 ? 1 : value >> 3
    if ((value & 1) === 0) this.#expect('block', 3, stored)
    else this.#expect('end', 0, stored + this.#checksumBytes)
  }

  #expect(step: Step, wanted: number, skip: number): void {
    this.#step = step
    this.#wanted = wanted
    this.#skip = skip
  }
}

// The binary encoding of SSH: 32-bit lengths and strings (RFC 4251, section 5).

/** A string as SSH encodes it: its length in four bytes, then its bytes. */
export function sshString(content: Uint8Array | string): Buffer {
  const bytes = Buffer.from(content)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** Reads SSH's encoding from start to end. Every method throws RangeError if the bytes end early. */
export class SshReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes)
  }

  take(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new RangeError('the encoding ends early')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }

  uint32(): number {
    return this.take(4).readUInt32BE()
  }

  string(): Buffer {
    return this.take(this.uint32())
  }

  /** The bytes that were not read yet. */
  rest(): Buffer {
    return this.take(this.#bytes.length - this.#at)
  }
}

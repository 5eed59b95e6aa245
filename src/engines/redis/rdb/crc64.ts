// CRC-64 as in Redis: Jones polynomial, reflected bits, initial value 0, no final inversion.

/** Jones polynomial with its bits reversed: 0x95ac9329ac4bc9b5. */
const [polynomialHigh, polynomialLow] = [0x95ac9329, 0xac4bc9b5]

/** 8 tables of 256 entries (slicing by 8); table 0 is the usual byte table. */
const high = new Uint32Array(8 * 256)
const low = new Uint32Array(8 * 256)
for (let byte = 0; byte < 256; byte++) {
  let [h, l] = [0, byte]
  for (let bit = 0; bit < 8; bit++) {
    const odd = l & 1
    l = (l >>> 1) | (h << 31)
    h >>>= 1
    if (odd) [h, l] = [h ^ polynomialHigh, l ^ polynomialLow]
  }
  high[byte] = h
  low[byte] = l
}
for (let at = 256; at < 8 * 256; at++) {
  const [h, l] = [high[at - 256] as number, low[at - 256] as number]
  high[at] = (h >>> 8) ^ (high[l & 0xff] as number)
  low[at] = ((l >>> 8) | (h << 24)) ^ (low[l & 0xff] as number)
}

export class Crc64 {
  /** Halves of the CRC, signed. */
  high = 0
  low = 0

  update(bytes: Uint8Array, from = 0, to = bytes.length): void {
    let h = this.high
    let l = this.low
    let at = from
    for (const last = to - 8; at <= last; at += 8) {
      l ^=
        (bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24)
      h ^=
        (bytes[at + 4] as number) |
        ((bytes[at + 5] as number) << 8) |
        ((bytes[at + 6] as number) << 16) |
        ((bytes[at + 7] as number) << 24)
      const [a, b, c, d] = [
        0x700 | (l & 0xff),
        0x600 | ((l >>> 8) & 0xff),
        0x500 | ((l >>> 16) & 0xff),
        0x400 | (l >>> 24),
      ]
      const [e, f, g, i] = [0x300 | (h & 0xff), 0x200 | ((h >>> 8) & 0xff), 0x100 | ((h >>> 16) & 0xff), h >>> 24]
      h =
        (high[a] as number) ^
        (high[b] as number) ^
        (high[c] as number) ^
        (high[d] as number) ^
        (high[e] as number) ^
        (high[f] as number) ^
        (high[g] as number) ^
        (high[i] as number)
      l =
        (low[a] as number) ^
        (low[b] as number) ^
        (low[c] as number) ^
        (low[d] as number) ^
        (low[e] as number) ^
        (low[f] as number) ^
        (low[g] as number) ^
        (low[i] as number)
    }
    for (; at < to; at++) {
      const index = (l ^ (bytes[at] as number)) & 0xff
      l = ((l >>> 8) | (h << 24)) ^ (low[index] as number)
      h = (h >>> 8) ^ (high[index] as number)
    }
    this.high = h
    this.low = l
  }

  /** Resets the CRC to 0. */
  reset(): void {
    this.high = this.low = 0
  }

  /** 8 bytes, little endian, as at the end of an RDB or a DUMP. */
  digest(): Buffer {
    const bytes = Buffer.allocUnsafe(8)
    bytes.writeInt32LE(this.low, 0)
    bytes.writeInt32LE(this.high, 4)
    return bytes
  }

  /** 16 hexadecimal digits. */
  hex(): string {
    return this.digest().reverse().toString('hex')
  }
}

// A compact map of numbers by the hash of a name.
import type { Crc64 } from './crc64.ts'

/** 53 bits of the CRC-64 of the first `length` bytes of a name. `seed`: low and high half of the initial CRC. */
export function hashOf(crc: Crc64, seed: readonly [number, number], name: Uint8Array, length = name.length): number {
  ;[crc.low, crc.high] = seed
  crc.update(name, 0, length)
  return (crc.high >>> 11) * 0x1_0000_0000 + (crc.low >>> 0)
}

/**
 * Numbers below 2^32 by 53-bit hash, with open addressing: 12 bytes per slot. Discards all entries permanently if there
 * are more than `most`.
 */
export class HashedNumbers {
  readonly #most: number
  #hashes = new Float64Array(1024)
  #numbers = new Uint32Array(1024)
  #count = 0

  constructor(most: number) {
    this.#most = most
  }

  /** Whether there were more than `most` entries, so that all were discarded. */
  get isForgotten(): boolean {
    return this.#count > this.#most
  }

  set(hash: number, number: number): void {
    if (this.isForgotten) return
    if (this.#count * 4 >= this.#hashes.length * 3) this.#grow()
    const place = this.#place(hash + 1)
    if (this.#hashes[place] === 0) this.#count++
    this.#hashes[place] = hash + 1
    this.#numbers[place] = number
    if (!this.isForgotten) return
    this.#hashes = new Float64Array(1024)
    this.#numbers = new Uint32Array(1024)
  }

  /** Returns 0 for an unknown hash. */
  get(hash: number): number {
    const place = this.#place(hash + 1)
    return this.#hashes[place] === 0 ? 0 : (this.#numbers[place] as number)
  }

  #place(stored: number): number {
    const mask = this.#hashes.length - 1
    let place = (stored % 0x1_0000_0000) & mask
    while (this.#hashes[place] !== 0 && this.#hashes[place] !== stored) place = (place + 1) & mask
    return place
  }

  #grow(): void {
    const [hashes, numbers] = [this.#hashes, this.#numbers]
    this.#hashes = new Float64Array(hashes.length * 2)
    this.#numbers = new Uint32Array(numbers.length * 2)
    for (let at = 0; at < hashes.length; at++) {
      const stored = hashes[at] as number
      if (stored === 0) continue
      const place = this.#place(stored)
      this.#hashes[place] = stored
      this.#numbers[place] = numbers[at] as number
    }
  }
}

// Collects the digests of many large objects in little memory, and combines them.
import { createHash } from 'node:crypto'
import type { LargeObjectsFingerprint } from '../../../domain/fingerprint/fingerprint.ts'
import { damaged } from './damage.ts'

const digestBytes = 32

/** Collects one SHA-256 per large object, in any order. Uses about 40 bytes per object (twice that while it grows). */
export class LargeObjectDigest {
  #oids = new Uint32Array(1024)
  #digests = new Uint8Array(1024 * digestBytes)
  #count = 0
  #bytes = 0
  #ascending = true

  get count(): number {
    return this.#count
  }

  record(oid: number, bytes: number, sha256: Uint8Array): void {
    if (this.#count === this.#oids.length) this.#grow()
    if (this.#count > 0 && oid <= (this.#oids[this.#count - 1] as number)) this.#ascending = false
    this.#oids[this.#count] = oid
    this.#digests.set(sha256, this.#count * digestBytes)
    this.#count++
    this.#bytes += bytes
  }

  #grow(): void {
    const oids = new Uint32Array(this.#oids.length * 2)
    oids.set(this.#oids)
    const digests = new Uint8Array(oids.length * digestBytes)
    digests.set(this.#digests)
    this.#oids = oids
    this.#digests = digests
  }

  /** Returns the combined digest. Throws a Failure of kind `integrity` if an object was recorded twice. */
  fingerprint(): LargeObjectsFingerprint {
    const order = Uint32Array.from({ length: this.#count }, (_, index) => index)
    const oids = this.#oids
    if (!this.#ascending) order.sort((a, b) => (oids[a] as number) - (oids[b] as number))
    const hash = createHash('sha256')
    let before = 0
    for (const index of order) {
      const oid = oids[index] as number
      if (oid === before) throw damaged(`it contains large object ${oid} twice`)
      before = oid
      const digest = Buffer.from(this.#digests.buffer, index * digestBytes, digestBytes)
      hash.update(`${oid} ${digest.toString('hex')}\n`)
    }
    return { count: this.#count, bytes: this.#bytes, sha256: hash.digest('hex') }
  }
}

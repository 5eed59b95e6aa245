// Collects a small value of each type in a backup, to be tried in the target before any key is removed there.
import type { RdbHandler, RdbKey } from '../rdb/handler.ts'
import { dumpOf } from '../rdb/writer.ts'

/** Bytes; types with only larger values are not tried. */
const largest = 1 << 20
/** Bytes; a sample as small as this is not replaced by a smaller one, so that not every value is copied. */
const smallEnough = 1 << 10

export interface Sample {
  /** Such as `hash`, or `vectorset` for a module. */
  readonly type: string
  readonly key: Buffer
  /** In the format of DUMP. */
  readonly dump: Buffer
}

const moduleCode = 7

export class Samples implements RdbHandler {
  readonly #wanted: (key: RdbKey) => boolean
  readonly #found = new Map<string, Sample>()
  #version = 0
  #pieces: Buffer[] | undefined
  #size = 0
  #module = ''

  /** `wanted`: whether a key is restored. */
  constructor(wanted: (key: RdbKey) => boolean) {
    this.#wanted = wanted
  }

  get found(): readonly Sample[] {
    return [...this.#found.values()]
  }

  header(version: number): void {
    this.#version = version
  }

  module(name: string): void {
    this.#module = name
  }

  key(key: RdbKey): void {
    this.#module = ''
    this.#size = 0
    const known = this.#found.get(this.#nameOf(key))
    const isNeeded = key.code === moduleCode || known === undefined || known.dump.length > smallEnough
    this.#pieces = isNeeded && this.#wanted(key) ? [] : undefined
  }

  value(piece: Uint8Array): void {
    if (!this.#pieces) return
    this.#size += piece.length
    if (this.#size > largest) this.#pieces = undefined
    else this.#pieces.push(Buffer.from(piece))
  }

  keyEnd(key: RdbKey): void {
    if (!this.#pieces) return
    const name = this.#nameOf(key)
    const known = this.#found.get(name)
    const dump = dumpOf(key.code, this.#pieces, this.#version)
    if (known && known.dump.length <= dump.length) return
    this.#found.set(name, { type: this.#module || key.type, key: key.key, dump })
  }

  /** Shards of different versions write the same type in different ways. */
  #nameOf({ code }: RdbKey): string {
    return `${this.#version} ${code} ${this.#module}`
  }
}

// Handler of the first pass: counts keys, and collects what a restore must know about each queue before it begins.

import type { RdbHandler, RdbKey } from '../rdb/handler.ts'
import { stringValue } from '../rdb/hash-fields.ts'
import type { Queue, Selection } from './selection.ts'

/** Bytes; the serialized value of a counter is shorter. */
const longestCounter = 64
const [digitZero, digitNine, colon] = [0x30, 0x39, 0x3a]
/** Numbers with more digits may not be exact. */
const mostDigits = 15

/** Counts the selected keys and inspects queues. */
export class Counter implements RdbHandler {
  readonly #selection: Selection
  /** The queue whose job ID counter is being read. */
  #counterOf: Queue | undefined
  #value: Buffer[] = []
  #size = 0
  keys = 0

  constructor(selection: Selection) {
    this.#selection = selection
  }

  key(key: RdbKey): void {
    this.#counterOf = undefined
    const selection = this.#selection
    if (!selection.takes(key.database)) return
    const matches = selection.matches(key.key)
    if (matches) this.keys += 1
    const queue = selection.queueOf(key)
    if (!queue) return
    queue.keys += 1
    if (matches) queue.selected += 1
    const name = key.key.subarray(key.key.lastIndexOf(colon) + 1)
    if (key.key.length === Buffer.byteLength(queue.key) + 1 + name.length) this.#part(queue, name, key)
  }

  #part(queue: Queue, name: Buffer, { type }: RdbKey): void {
    if (type === 'list') {
      if (name.equals(wait)) queue.hasWait = true
      else if (name.equals(paused)) queue.hasPaused = true
    } else if (type === 'hash') {
      if (isNumber(name)) queue.highestId = Math.max(queue.highestId, Number(name.toString('latin1')))
    } else if (type === 'string' && name.equals(id)) {
      this.#counterOf = queue
      this.#value = []
      this.#size = 0
    }
  }

  value(piece: Uint8Array): void {
    if (!this.#counterOf) return
    this.#size += piece.length
    if (this.#size > longestCounter) this.#counterOf = undefined
    else this.#value.push(Buffer.from(piece))
  }

  keyEnd({ code }: RdbKey): void {
    if (!this.#counterOf) return
    const text = stringValue(code, Buffer.concat(this.#value)) ?? ''
    if (isNumber(Buffer.from(text))) this.#counterOf.counter = Number(text)
  }
}

const [wait, paused, id] = ['wait', 'paused', 'id'].map((name) => Buffer.from(name)) as [Buffer, Buffer, Buffer]

function isNumber(text: Uint8Array): boolean {
  return text.length > 0 && text.length <= mostDigits && text.every((byte) => byte >= digitZero && byte <= digitNine)
}

// Pipelines commands to one server: sends many before the first reply, and passes each reply to its handler.
import type { RawConnection } from '../connection/connect.ts'
import type { Reply } from '../connection/resp.ts'

/** Handles the reply of one command. If it throws, `send` and `drain` throw that error. */
export interface Expected {
  /** Set if the command writes a key. */
  readonly writesKey?: true
  /** `of.nameAt(at)` is the key of the command. */
  take(reply: Reply, of: Pick<QueuedCommand, 'nameAt'>, at: number): void
}

/** Encoded commands, with one handler for the reply of each. */
export interface QueuedCommand {
  readonly bytes: number
  /** The pieces must not change until `done` is called. */
  pieces(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>
  readonly expected: readonly Expected[]
  /** The key of the command with this number. */
  nameAt(at: number): Uint8Array
  /** Called after the last reply: the bytes may be reused. */
  done?(): void
}

/** Maximum bytes of commands without a reply, unless a single value is larger. */
const window = 1 << 20

export class Pipe {
  readonly connection: RawConnection
  readonly #underWay: QueuedCommand[] = []
  #bytes = 0
  /** Number of replies received for the first entry of `#underWay`. */
  #taken = 0
  #reading = false
  #failure: { readonly error: unknown } | undefined
  #wake: (() => void)[] = []

  constructor(connection: RawConnection) {
    this.connection = connection
  }

  /** Waits until there is room, then sends. Throws an earlier error of a reply or of the connection. */
  async send(sending: QueuedCommand): Promise<void> {
    while (this.#bytes > 0 && this.#bytes + sending.bytes > window && !this.#failure) await this.#change()
    if (this.#failure) throw this.#failure.error
    this.#bytes += sending.bytes
    this.#underWay.push(sending)
    if (!this.#reading) {
      this.#reading = true
      void this.#read()
    }
    try {
      for await (const piece of sending.pieces()) await this.connection.send(piece)
    } catch (error) {
      this.#failure ??= { error }
      this.connection.close() // a partial command may have been sent, so no other can follow
      throw error
    }
  }

  /** Waits for all replies. Throws the same errors as `send`. */
  async drain(): Promise<void> {
    while (this.#reading) await this.#change()
    if (this.#failure) throw this.#failure.error
  }

  /** As `drain`, but never throws. Afterwards every reply that arrived has been handled. */
  async settle(): Promise<void> {
    while (this.#reading) await this.#change()
  }

  /** Commands without a reply, which may have been executed, and how many of them write a key. */
  get unanswered(): { readonly any: boolean; readonly keys: number } {
    const expected = this.#underWay.flatMap((sending, place) =>
      place === 0 ? sending.expected.slice(this.#taken) : sending.expected,
    )
    return { any: this.#underWay.length > 0, keys: expected.filter(({ writesKey }) => writesKey).length }
  }

  async #read(): Promise<void> {
    try {
      for (let sending = this.#underWay[0]; sending; sending = this.#underWay[0]) {
        const { expected } = sending
        for (let at = 0; at < expected.length; at++) {
          this.#take(sending, at, await this.connection.readReply())
          this.#taken = at + 1
        }
        this.#underWay.shift()
        this.#taken = 0
        this.#bytes -= sending.bytes
        sending.done?.()
        this.#notify()
      }
    } catch (error) {
      this.#failure ??= { error }
    }
    this.#reading = false
    this.#notify()
  }

  /** After the first error, later replies are still handled, because they are counted. */
  #take(sending: QueuedCommand, at: number, reply: Reply): void {
    try {
      sending.expected[at]?.take(reply, sending, at)
    } catch (error) {
      this.#failure ??= { error }
    }
  }

  #change(): Promise<void> {
    return new Promise((done) => {
      this.#wake.push(done)
    })
  }

  #notify(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}

// Commands on their way to one server, many before the first reply; and the replies as they come.
import type { RawConnection } from '../connection/connect.ts'
import type { Reply } from '../connection/resp.ts'

/** Takes the reply of one command. What it throws ends the work. */
export interface Expected {
  /** The command writes a key. */
  readonly writesKey?: true
  /** `nameAt(at)` is the key that the command was about. */
  take(reply: Reply, of: Pick<QueuedCommand, 'nameAt'>, at: number): void
}

/** Commands as bytes, and who takes their replies, one for each. */
export interface QueuedCommand {
  readonly bytes: number
  /** Each piece must stay as it is until `done`. */
  pieces(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>
  readonly expected: readonly Expected[]
  /** The key that the command with this number is about. */
  nameAt(at: number): Uint8Array
  /** All replies have come: the bytes may be used again. */
  done?(): void
}

/** Bytes that are under way at most, unless a single value is larger. */
const window = 1 << 20

export class Pipe {
  readonly connection: RawConnection
  readonly #underWay: QueuedCommand[] = []
  #bytes = 0
  /** Number of received replies of the first pending command. */
  #taken = 0
  #reading = false
  #failure: { readonly error: unknown } | undefined
  #wake: (() => void)[] = []

  constructor(connection: RawConnection) {
    this.connection = connection
  }

  /** Waits until there is room. Throws what a reply, or the connection, has brought in the meantime. */
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
      this.connection.close() // half a command may be on its way: nothing can follow it
      throw error
    }
  }

  /** Waits for all replies. Throws as `send`. */
  async drain(): Promise<void> {
    while (this.#reading) await this.#change()
    if (this.#failure) throw this.#failure.error
  }

  /** As `drain`, but never throws: what can be counted has been counted. */
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

  /** After the first failure the rest is still taken: it counts. */
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

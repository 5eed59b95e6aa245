// Determines which keys of a backup are restored, to which database, and to which queue they belong.
import type { RedisManifest } from '../../../domain/manifest/manifest.ts'
import { matchesGlob } from '../../../domain/redis/glob.ts'
import type { QueueFingerprint } from '../../../domain/redis/redis-fingerprint.ts'
import type { RedisRestoreRequest } from '../../../ports/redis.ts'
import type { RdbKey } from '../rdb/handler.ts'

/** A queue of the backup, with what the first pass and the target add to it. */
export interface Queue {
  readonly print: QueueFingerprint
  /** Number of the target database. */
  readonly database: number
  /** `<prefix>:<name>`. */
  readonly key: string
  /** Number of its keys in the backup, and of the selected ones. */
  keys: number
  selected: number
  /** Value of its counter `id` in the backup; undefined if there is none, or it is not an integer. */
  counter: number | undefined
  /** Highest numeric job ID in the backup; 0 if there is none. */
  highestId: number
  hasWait: boolean
  hasPaused: boolean
  /** Whether the jobs of `wait` are restored to `paused`, because the queue was not paused in the backup. */
  movesWaitToPaused: boolean
  /** Whether all of its keys are in one slot, so that commands can use several keys. */
  inOneSlot: boolean
  /** Keys in the target with the queue's prefix that belong to the application, not to BullMQ. */
  readonly own: Set<string>
  /** Job IDs of the backup that producers reused during the restore. */
  readonly newer: Set<string>
  /** Beginnings of keys of other queues in the target whose prefix is this queue's name: `bull:mail:inner:`. */
  readonly within: Set<string>
  /** Number of its keys in the target. */
  keysInTarget: number
  /** Whether the queue in the target has ever had a job. */
  hasHadJobs: boolean
  outcome: 'added' | 'replaced' | 'kept' | 'left-out'
}

export class Selection {
  readonly queues: readonly Queue[]
  readonly #patterns: readonly Uint8Array[]
  readonly #manifest: RedisManifest
  #part: readonly Uint8Array[] | undefined
  readonly #only: number | undefined
  readonly #to: number | undefined
  readonly #byKey: ReadonlyMap<string, Queue>
  readonly #byTargetKey: ReadonlyMap<string, Queue>

  constructor({ manifest, patterns, database, toDatabase }: RedisRestoreRequest) {
    this.#patterns = patterns.map((pattern) => Buffer.from(pattern))
    this.#manifest = manifest
    this.#only = database
    this.#to = database === undefined ? undefined : (toDatabase ?? database)
    this.queues = manifest.fingerprint.queues
      .filter((print) => this.takes(print.database))
      .map((print) => this.#queueOf(print))
    this.#byKey = new Map(this.queues.map((queue) => [place(queue.print.database, binary(queue.key)), queue]))
    this.#byTargetKey = new Map(this.queues.map((queue) => [place(queue.database, binary(queue.key)), queue]))
  }

  /** Whether all keys of the backup are selected. */
  get whole(): boolean {
    return this.#patterns.length === 0 && this.#only === undefined
  }

  get narrowedByName(): boolean {
    return this.#patterns.length > 0
  }

  get patterns(): readonly Uint8Array[] {
    return this.#patterns
  }

  /** Whether keys of this database of the backup are restored. */
  takes(database: number): boolean {
    return this.#only === undefined || this.#only === database
  }

  /** The target database for a database of the backup. */
  target(database: number): number {
    return this.#to ?? database
  }

  matches(key: Uint8Array): boolean {
    return this.#patterns.length === 0 || matchesOne(this.#patterns, key)
  }

  /** Whether a key of this name could be in the backup, which may be partial. */
  covers(key: Uint8Array): boolean {
    return this.#patternsOfBackup === undefined || matchesOne(this.#patternsOfBackup, key)
  }

  /**
   * Patterns of keys that flush-first removes; undefined: whole databases. Keys that the backup does not cover stay.
   */
  get removes(): readonly Uint8Array[] | undefined {
    return this.narrowedByName ? this.#patterns : this.#patternsOfBackup
  }

  /** Undefined if the backup contains all keys. */
  get #patternsOfBackup(): readonly Uint8Array[] | undefined {
    this.#part ??= this.#manifest.dump.patterns?.map((pattern) => Buffer.from(pattern))
    return this.#part
  }

  /** The queue that a key of the backup belongs to. */
  queueOf({ database, key }: Pick<RdbKey, 'database' | 'key'>): Queue | undefined {
    return this.queues.length === 0 ? undefined : longest(this.#byKey, database, key)
  }

  /** The queue of the backup that a key of the target belongs to. */
  queueOfTarget(database: number, key: Buffer): Queue | undefined {
    return this.queues.length === 0 ? undefined : longest(this.#byTargetKey, database, key)
  }

  #queueOf(print: QueueFingerprint): Queue {
    return {
      ...{
        print,
        database: this.target(print.database),
        key: `${print.prefix}:${print.name}`,
        keys: 0,
        selected: 0,
        counter: undefined,
        highestId: 0,
      },
      ...{ within: new Set<string>(), own: new Set<string>(), newer: new Set<string>() },
      ...{
        hasWait: false,
        hasPaused: false,
        movesWaitToPaused: !print.paused,
        inOneSlot: true,
        keysInTarget: 0,
        hasHadJobs: false,
        outcome: 'added',
      },
    }
  }
}

/** Returns the queues that are or would be restored. */
export function queuesToRestore({ queues }: Selection): Queue[] {
  return queues.filter(({ outcome }) => outcome === 'added' || outcome === 'replaced')
}

export function matchesOne(patterns: readonly Uint8Array[], key: Uint8Array): boolean {
  for (const pattern of patterns) if (matchesGlob(pattern, key)) return true
  return false
}

/** Prefixes may contain colons, so several queues may match: the longest name wins. */
function longest(queues: ReadonlyMap<string, Queue>, database: number, key: Buffer): Queue | undefined {
  const name = place(database, key.toString('latin1'))
  const from = name.indexOf(' ') + 1
  for (let at = name.lastIndexOf(':'); at > from; at = name.lastIndexOf(':', at - 1)) {
    const queue = queues.get(name.slice(0, at))
    if (queue) return queue
  }
  return undefined
}

function place(database: number, key: string): string {
  return `${database} ${key}`
}

/** Encodes text as UTF-8, one character per byte. */
function binary(text: string): string {
  return Buffer.from(text).toString('latin1')
}

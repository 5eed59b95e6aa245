// Function libraries: they are a server's, not a database's, and each comes back by itself.
import type { RedisRestoreRequest } from '../../../operations/redis-ports.ts'
import { ReplyError } from '../resp.ts'
import type { Out } from './out.ts'
import type { Selection } from './selection.ts'
import { anything } from './tally.ts'

export class Libraries {
  readonly #out: Out
  readonly #merges: boolean
  readonly #wanted: boolean
  readonly #seen = new Set<string>()
  readonly #kept = new Set<string>()

  /** Where keys or databases are selected, libraries stay as they are. */
  constructor(out: Out, { mode }: RedisRestoreRequest, { whole }: Selection) {
    this.#out = out
    this.#merges = mode === 'merge'
    this.#wanted = whole
  }

  /** To every server, once, though each shard of a cluster has it. */
  load(name: string, payload: Uint8Array): void {
    if (!this.#wanted || this.#seen.has(name)) return
    this.#seen.add(name)
    this.#out.commandToAll(['FUNCTION', 'RESTORE', payload, this.#merges ? 'APPEND' : 'REPLACE'], {
      take: (reply) => {
        if (this.#merges && reply instanceof ReplyError && /already exists/.test(reply.message)) this.#kept.add(name)
        else anything.take(reply)
      },
    })
  }

  get loaded(): string[] {
    return [...this.#seen].filter((name) => !this.#kept.has(name))
  }

  get notes(): string[] {
    return [...this.#kept].map(
      (name) => `Function library ${name} is not restored: it, or a library with the same functions, exists.`,
    )
  }
}

/** Names of the libraries that would be loaded. */
export async function plannedLibraries(
  out: Out,
  { manifest, mode }: RedisRestoreRequest,
  { whole }: Selection,
): Promise<string[]> {
  const { functions } = manifest.fingerprint
  if (!whole || functions.length === 0 || mode !== 'merge') return whole ? [...functions] : []
  const reply = await out.askAt(0, 0, 'FUNCTION', 'LIST')
  const lists = Array.isArray(reply) ? reply : []
  const there = new Set(lists.map((list) => (Array.isArray(list) ? String(list[1]) : '')))
  return functions.filter((name) => !there.has(name))
}

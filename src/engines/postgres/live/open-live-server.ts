// Opens the server of a live database: implements the port that `restore` uses.
import { Failure } from '../../../domain/failures/failure.ts'
import type { LiveServer, RestoreRequest, Step, Swapped, Undone, UndoPair } from '../../../ports/restore.ts'
import { parseAddress } from '../connection/address.ts'
import { type LiveContext, openContext } from './context.ts'
import { dropAfter, dropDatabase } from './drop-database.ts'
import { restoreInPlace } from './in-place.ts'
import { restoreIntoSchema } from './into-schema.ts'
import { type NewDatabase, restoreIntoNewDatabase, settle } from './new-database.ts'
import { preflight } from './preflight.ts'
import { RestoreLock } from './restore-lock.ts'
import { swapIn } from './swap.ts'
import { undoPair, undoSwap } from './undo.ts'
import { dropUnfinished } from './unfinished.ts'

/**
 * Connects and reads version and role. Works even if the live database is corrupt or missing. Throws a failure of kind
 * unreachable or usage.
 */
export async function openLiveServer(url: string, settings: { installTools: boolean }): Promise<LiveServer> {
  return new PostgresLiveServer(await openContext(parseAddress(url), settings))
}

class PostgresLiveServer implements LiveServer {
  readonly #context: LiveContext
  readonly #exclusive: RestoreLock
  readonly #newDatabases = new Map<string, NewDatabase>()

  constructor(context: LiveContext) {
    this.#context = context
    this.#exclusive = new RestoreLock(context)
  }

  get display(): string {
    return this.#context.live.display
  }

  get database(): string {
    return this.#context.live.database
  }

  get serverIds(): readonly string[] {
    return this.#context.serverIds
  }

  async preflight(request: RestoreRequest): Promise<readonly Step[]> {
    return preflight(this.#context, request)
  }

  async restoreIntoNewDatabase(
    request: RestoreRequest,
  ): Promise<{ database: string; notes: readonly string[]; missing: readonly string[] }> {
    const dropped = await this.#begin(request)
    const finalName = request.targetDatabase ?? this.database
    const restored = await restoreIntoNewDatabase(this.#context, request, finalName)
    const { missing } = restored
    const notes = [...dropped, ...restored.notes]
    if (request.strategy !== 'new') {
      this.#newDatabases.set(restored.database, restored)
      return { database: restored.database, notes, missing }
    }
    try {
      const { database } = await settle(this.#context, request, restored, finalName)
      return { database, notes, missing }
    } catch (error) {
      throw await dropAfter(error, this.#context, restored.database)
    }
  }

  async swap(database: string, request: RestoreRequest): Promise<Swapped> {
    const restored = this.#newDatabases.get(database)
    if (!restored) throw new Failure('internal/bug', `${database} is not a database that this restore made`)
    await this.#exclusive.hold()
    const swapped = await swapIn(this.#context, restored, request)
    this.#newDatabases.delete(database)
    return swapped
  }

  async undoPair(signal: AbortSignal): Promise<UndoPair> {
    return undoPair(this.#context, signal)
  }

  async undo(options: Parameters<LiveServer['undo']>[0]): Promise<Undone> {
    if (options.really) await this.#exclusive.hold()
    return undoSwap(this.#context, options)
  }

  async restoreInPlace(request: RestoreRequest): ReturnType<LiveServer['restoreInPlace']> {
    const dropped = await this.#begin(request)
    const restored = await restoreInPlace(this.#context, request)
    return { ...restored, notes: [...dropped, ...restored.notes] }
  }

  async restoreIntoSchema(request: RestoreRequest, schema: string): Promise<{ notes: readonly string[] }> {
    const dropped = await this.#begin(request)
    const { notes } = await restoreIntoSchema(this.#context, request, schema)
    return { notes: [...dropped, ...notes] }
  }

  async drop(database: string): Promise<void> {
    if (!this.#newDatabases.delete(database))
      throw new Failure('internal/bug', `${database} is not a database that this restore made`)
    await dropDatabase(this.#context, database)
  }

  /**
   * Acquires the restore lock, then drops the databases of killed restores. The lock ensures that no such restore is
   * running.
   */
  async #begin({ signal }: RestoreRequest): Promise<readonly string[]> {
    await this.#exclusive.hold()
    return dropUnfinished(this.#context, this.#exclusive.pid, signal)
  }

  async close(): Promise<void> {
    await this.#exclusive.release()
  }
}

// Opens the server that holds a live database: the port through which `restore` works on it.
import { Failure } from '../../../domain/failure.ts'
import type { LiveServer, RestoreRequest, Step, Swapped, Undone, UndoPair } from '../../../operations/platform-ports.ts'
import { parseAddress } from '../address.ts'
import { type Beside, restoreBeside, settle } from './beside.ts'
import { type LiveContext, openContext } from './context.ts'
import { dropAfter, dropDatabase } from './drop-database.ts'
import { Exclusive } from './exclusive.ts'
import { restoreInPlace } from './in-place.ts'
import { restoreIntoSchema } from './into-schema.ts'
import { preflight } from './preflight.ts'
import { swapIn } from './swap.ts'
import { undoPair, undoSwap } from './undo.ts'

/**
 * Connects and looks who we are. Works also when the live database is corrupt or gone. Throws a failure of kind unreachable or
 * usage.
 */
export async function openLiveServer(url: string, settings: { installTools: boolean }): Promise<LiveServer> {
  return new PostgresLiveServer(await openContext(parseAddress(url), settings))
}

class PostgresLiveServer implements LiveServer {
  readonly #context: LiveContext
  readonly #exclusive: Exclusive
  readonly #beside = new Map<string, Beside>()

  constructor(context: LiveContext) {
    this.#context = context
    this.#exclusive = new Exclusive(context)
  }

  get display(): string {
    return this.#context.live.display
  }

  get database(): string {
    return this.#context.live.database
  }

  async preflight(request: RestoreRequest): Promise<readonly Step[]> {
    return preflight(this.#context, request)
  }

  async restoreBeside(
    request: RestoreRequest,
  ): Promise<{ database: string; notes: readonly string[]; missing: readonly string[] }> {
    await this.#exclusive.hold()
    const keeps = request.targetDatabase ?? this.database
    const beside = await restoreBeside(this.#context, request, keeps)
    this.#beside.set(beside.database, beside)
    if (request.strategy === 'new') {
      try {
        await settle(this.#context, request, beside)
      } catch (error) {
        this.#beside.delete(beside.database)
        throw await dropAfter(error, this.#context, beside.database)
      }
    }
    return { database: beside.database, notes: beside.notes, missing: beside.missing }
  }

  async swap(database: string, request: RestoreRequest): Promise<Swapped> {
    const beside = this.#beside.get(database)
    if (!beside) throw new Failure('internal/bug', `${database} is not a database that this restore made`)
    await this.#exclusive.hold()
    const swapped = await swapIn(this.#context, beside, request.manifest.id, request.signal)
    this.#beside.delete(database)
    return swapped
  }

  async undoPair(signal: AbortSignal): Promise<UndoPair> {
    return undoPair(this.#context, signal)
  }

  async undo(options: { readonly really: boolean; readonly signal: AbortSignal }): Promise<Undone> {
    if (options.really) await this.#exclusive.hold()
    return undoSwap(this.#context, options)
  }

  async restoreInPlace(request: RestoreRequest): ReturnType<LiveServer['restoreInPlace']> {
    await this.#exclusive.hold()
    return restoreInPlace(this.#context, request)
  }

  async restoreIntoSchema(request: RestoreRequest, schema: string): Promise<{ notes: readonly string[] }> {
    await this.#exclusive.hold()
    return restoreIntoSchema(this.#context, request, schema)
  }

  async drop(database: string): Promise<void> {
    if (!this.#beside.delete(database)) throw new Failure('internal/bug', `${database} is not a database that this restore made`)
    await dropDatabase(this.#context, database)
  }

  async close(): Promise<void> {
    await this.#exclusive.release()
  }
}

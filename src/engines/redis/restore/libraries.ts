// Restores function libraries, which belong to a server, not a database: before any key changes, or after the target
// was emptied.
import { Failure } from '../../../domain/failures/failure.ts'
import type { RedisRestoreRequest } from '../../../ports/redis.ts'
import { InvalidReply, ReplyError } from '../connection/resp.ts'
import type { RdbHandler } from '../rdb/handler.ts'
import { opcodes } from '../rdb/types.ts'
import { dumpOf } from '../rdb/writer.ts'
import type { CommandRouter } from './command-router.ts'
import type { Selection } from './selection.ts'
import { anything } from './tally.ts'

/** Collects libraries in the first pass, without the duplicates from other shards. */
export class FoundLibraries implements RdbHandler {
  readonly #serialized = new Map<string, Buffer>()
  #version = 0

  header(version: number): void {
    this.#version = Math.max(this.#version, version)
  }

  function(name: string, serialized: Uint8Array): void {
    if (!this.#serialized.has(name)) this.#serialized.set(name, Buffer.from(serialized))
  }

  get names(): string[] {
    return [...this.#serialized.keys()]
  }

  /** Returns these libraries as a FUNCTION RESTORE payload. */
  payloadOf(names: readonly string[]): Buffer {
    const all = names.flatMap((name) => [Buffer.of(opcodes.function), this.#serialized.get(name) ?? Buffer.of()])
    return dumpOf(opcodes.function, all.slice(1), this.#version)
  }
}

/** The outcome for the libraries. */
interface LoadedLibraries {
  readonly loaded: readonly string[]
  readonly notes: readonly string[]
}

/** Does nothing if keys or databases are selected. Throws Failure('redis/function-conflict'). */
export async function loadLibraries(
  out: CommandRouter,
  found: FoundLibraries,
  { mode }: RedisRestoreRequest,
  { whole }: Selection,
): Promise<LoadedLibraries> {
  const { names } = found
  if (!whole || names.length === 0) return { loaded: [], notes: [] }
  const kept = new Set<string>()
  if (mode === 'merge') for (const name of names) append(out, name, found.payloadOf([name]), kept)
  // One request: the server accepts all libraries or none.
  else out.commandToAll(['FUNCTION', 'RESTORE', found.payloadOf(names), 'REPLACE'], unlessConflicting)
  await out.finish()
  const notes = [...kept].map(
    (name) =>
      `Function library ${name} is not restored: the target has it, or another library with the same functions.`,
  )
  return { loaded: names.filter((name) => !kept.has(name)), notes }
}

function append(out: CommandRouter, name: string, payload: Buffer, kept: Set<string>): void {
  out.commandToAll(['FUNCTION', 'RESTORE', payload, 'APPEND'], {
    take: (reply) => {
      if (reply instanceof ReplyError && exists.test(reply.message)) kept.add(name)
      else anything.take(reply)
    },
  })
}

const exists = /already exists/

const unlessConflicting = {
  take(reply: Parameters<typeof anything.take>[0]): void {
    if (reply instanceof ReplyError && exists.test(reply.message)) throw conflict(reply)
    anything.take(reply)
  },
}

function conflict(reply: ReplyError): Failure {
  return new Failure('redis/function-conflict', `could not restore the function libraries: ${reply.message}`, {
    hint: "A library of another name in the target has that function (FUNCTION LIST). To restore keys without libraries: --redis-pattern '*'.",
    cause: reply,
  })
}

/** Names of the libraries that would be loaded. */
export async function plannedLibraries(
  out: CommandRouter,
  { manifest, mode }: RedisRestoreRequest,
  { whole }: Selection,
): Promise<string[]> {
  const { functions } = manifest.fingerprint
  if (!whole || functions.length === 0 || mode !== 'merge') return whole ? [...functions] : []
  const reply = await out.askAt(0, 0, 'FUNCTION', 'LIST')
  if (!Array.isArray(reply) && !(reply instanceof ReplyError)) throw new InvalidReply('FUNCTION LIST')
  const lists = Array.isArray(reply) ? reply : []
  const there = new Set(lists.map((list) => (Array.isArray(list) ? String(list[1]) : '')))
  return functions.filter((name) => !there.has(name))
}

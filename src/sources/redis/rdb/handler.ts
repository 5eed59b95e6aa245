// What a reader of an RDB tells of it, key by key.
import type { RedisType } from '../../../domain/redis/redis-print.ts'

export interface RdbKey {
  readonly database: number
  readonly type: RedisType
  /** RDB type byte. */
  readonly code: number
  /** A copy of its own. */
  readonly key: Buffer
  /** Milliseconds since 1970. */
  readonly expireAt: number | undefined
  /** What the server knew for its eviction, where it has such a policy. */
  readonly idleSeconds?: number
  readonly frequency?: number
}

export interface RdbHandler {
  header?(version: number): void
  auxiliary?(name: string, value: string): void
  key?(key: RdbKey): void
  /** The value as serialized after the key (what DUMP holds between type byte and footer), in pieces; valid only during the call. */
  value?(piece: Uint8Array): void
  /** After the value. elements: members, fields, entries (string: 1). */
  keyEnd?(key: RdbKey, elements: number): void
  /** The type name of a module that the key under way, or data outside of keys, belongs to: `vectorset`. */
  module?(name: string): void
  /** A function library as serialized after its opcode; name parsed out of "#!lua name=…". */
  function?(name: string, serialized: Uint8Array): void
}

// The handler interface of the RDB reader, called for each key.
import type { RedisType } from '../../../domain/redis/redis-fingerprint.ts'

export interface RdbKey {
  readonly database: number
  readonly type: RedisType
  /** RDB type byte. */
  readonly code: number
  /** A copy of the key's bytes. */
  readonly key: Buffer
  /** Milliseconds since 1970. */
  readonly expireAt: number | undefined
  /** LRU or LFU data, if the server has an eviction policy. */
  readonly idleSeconds?: number
  readonly frequency?: number
}

export interface RdbHandler {
  header?(version: number): void
  auxiliary?(name: string, value: string): void
  key?(key: RdbKey): void
  /** The serialized value (DUMP without type byte and footer), in pieces that are valid only during the call. */
  value?(piece: Uint8Array): void
  /** Called after the value. elements: number of members, fields or entries (string: 1). */
  keyEnd?(key: RdbKey, elements: number): void
  /** The module type of the current key, or of data outside of keys: `vectorset`. */
  module?(name: string): void
  /** A serialized function library, without its opcode; the name is parsed from "#!lua name=…". */
  function?(name: string, serialized: Uint8Array): void
}

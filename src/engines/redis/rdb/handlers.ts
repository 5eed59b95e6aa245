// Combines several handlers into one.
import type { RdbHandler, RdbKey } from './handler.ts'

/** A handler with all methods. */
export interface CombinedHandler {
  header(version: number): void
  auxiliary(name: string, value: string): void
  key(key: RdbKey): void
  value(piece: Uint8Array): void
  keyEnd(key: RdbKey, elements: number): void
  module(name: string): void
  function(name: string, serialized: Uint8Array): void
  /** Whether any handler has `value`; if not, the reader need not create pieces. */
  readonly wantsValues: boolean
}

export function combineHandlers(handlers: readonly RdbHandler[]): CombinedHandler {
  const keys = handlers.filter((handler) => handler.key)
  const values = handlers.filter((handler) => handler.value)
  const ends = handlers.filter((handler) => handler.keyEnd)
  return {
    header: (version) => {
      for (const handler of handlers) handler.header?.(version)
    },
    auxiliary: (name, value) => {
      for (const handler of handlers) handler.auxiliary?.(name, value)
    },
    key: (key) => {
      for (const handler of keys) handler.key?.(key)
    },
    value: (piece) => {
      for (const handler of values) handler.value?.(piece)
    },
    keyEnd: (key, elements) => {
      for (const handler of ends) handler.keyEnd?.(key, elements)
    },
    module: (name) => {
      for (const handler of handlers) handler.module?.(name)
    },
    function: (name, serialized) => {
      for (const handler of handlers) handler.function?.(name, serialized)
    },
    wantsValues: values.length > 0,
  }
}

// Interfaces that operations use: clock, messages to people, and stores.

import type { Readable } from 'node:stream'
import type { Failure } from '../domain/failures/failure.ts'
import type { Signatures } from '../domain/signatures/signatures.ts'

/** Time. Tests use a simulated clock. */
export interface Clock {
  now(): Date
  /** Monotonic: seconds since an arbitrary moment. */
  seconds(): number
  /** Waits; rejects with the signal's reason when aborted. */
  sleep(seconds: number, signal?: AbortSignal): Promise<void>
}

/** Progress of long work: bytes or rows done, and the total if known. */
export type Progress = { readonly what: string; readonly of?: number } & (
  | { readonly bytes: number }
  | { readonly rows: number }
)

/** The state that an interruption would leave now. Code that makes lasting changes updates it; hosts print it. */
export interface RunState {
  /** Full sentences; undefined: no lasting change. */
  leaves?: string | undefined
}

/** Messages to people while a command runs. Never given a secret. */
export interface Reporter {
  /** Runs one phase of the work under a title; the titles structure the log. Phases do not nest. */
  phase<T>(title: string, work: () => Promise<T>): Promise<T>
  note(sentence: string): void
  warn(sentence: string): void
  /** Can be called at any rate; the host throttles it. */
  progress(done: Progress): void
}

/** One object in a store. */
export interface StoredObject {
  readonly key: string
  readonly bytes: number
  /** By the store's own clock. */
  readonly modified: Date
}

/** The result of a finished write. */
export interface Written {
  readonly bytes: number
  /** True if the store computed a digest of all bytes that it stored, and it equals ours; else they must be read back. */
  readonly digestConfirmed: boolean
}

/**
 * An object that is being written, by one caller at a time. When `write` resolves, the caller may overwrite the chunk.
 * The key is not visible before `finish` resolves. `abort` removes what was written (best effort; it never throws); it
 * may be called at any time and repeatedly, also after `write` or `finish` has failed.
 */
export interface StoreWriter {
  write(chunk: Uint8Array): Promise<void>
  finish(): Promise<Written>
  abort(): Promise<void>
}

/** An unfinished write that an earlier run left behind: a temporary file, an open multipart upload. */
export interface Leftover {
  readonly key: string
  readonly started: Date
  remove(): Promise<void>
}

export type Removal =
  | { readonly key: string; readonly outcome: 'removed' }
  /** Held by the store's own lock (S3 Object Lock, legal hold) until then. */
  | { readonly key: string; readonly outcome: 'retained'; readonly until: Date | undefined }

export interface ListOptions {
  /** Called for a folder that cannot be read, which is then omitted. Absent: such a folder fails the listing. */
  readonly unreadable?: (failure: Failure) => void
  /** Only objects with one of these prefixes (ascending) are needed; a store may omit others. */
  readonly below?: readonly string[]
}

/**
 * A place for backups. Keys are relative paths with forward slashes; a key that leaves the store throws an Error. After
 * its own retries, every method throws a Failure: of kind unreachable for network, credentials and permissions, of kind
 * tool for a full disk, of kind usage for an invalid address. Callers do not retry.
 */
export interface Store {
  /** As the user wrote it, without secrets: `file:./backups`, `s3://bucket/prefix`. */
  readonly address: string
  /** Signs what is written and verifies what is read; absent: neither. */
  readonly signatures?: Signatures
  /** Throws if the store cannot be used. With `writing` it also checks that it can be written to; a directory is made. */
  check(writing: boolean): Promise<void>
  /** `estimate`: the expected number of bytes, if known; it determines the size of the parts of an upload. */
  openWriter(key: string, options?: { estimate?: number; signal?: AbortSignal }): Promise<StoreWriter>
  /**
   * Writes a small object atomically. Returns without a change if the object exists with the same content; throws a
   * failure of kind refused if it exists with other content.
   */
  create(key: string, content: Uint8Array): Promise<void>
  /**
   * The object's bytes from `offset` on, or undefined if there is no such object. Anyone who can write to the store
   * controls these bytes: callers use `streams/verified-read.ts` or `operations/stores/read-object.ts`, and the linter
   * refuses direct calls.
   */
  readUnverified(key: string, options?: { offset?: number; signal?: AbortSignal }): Promise<Readable | undefined>
  /**
   * All objects with this prefix, in ascending order of key, in one pass and with as few requests as the store allows.
   */
  list(prefix: string, options?: ListOptions): AsyncIterable<StoredObject>
  /**
   * Removes objects, and yields a result for each in the given order. The removal is durable when the iteration has
   * ended. A missing object counts as removed.
   */
  remove(keys: readonly string[]): AsyncIterable<Removal>
  /** Unfinished writes below the prefix; of a directory also empty folders (their keys end with a slash). */
  leftovers(prefix: string, options?: ListOptions): AsyncIterable<Leftover>
  /** The time of the store's own clock. */
  now(): Promise<Date>
}

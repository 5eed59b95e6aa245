// The ports: what operations need of the world. Stores, sources and hosts implement them.

import type { Readable } from 'node:stream'
import type { Failure } from '../domain/failures/failure.ts'
import type { Signatures } from '../domain/signatures/signatures.ts'

/** The only clock. Tests own theirs. */
export interface Clock {
  now(): Date
  /** Seconds since some fixed moment, never going back. */
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
  /** Runs one phase of the work under a title, so that a log reads as a table of contents. Phases do not nest. */
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

/** What a finished write came to. */
export interface Written {
  readonly bytes: number
  /**
   * True if the store itself computed digests of every byte it keeps and they equal ours; else the bytes must be read
   * back.
   */
  readonly digestConfirmed: boolean
}

/**
 * One object being written. Used by one caller at a time. `write` resolves when the store can take more; from then on
 * the chunk is the caller's again, to be used for other bytes. Until `finish` resolves nothing is visible under the
 * key. `abort` may be called at any time, any number of times, also after a failed `write` or `finish`, and leaves
 * nothing behind (best effort; it never throws).
 */
export interface StoreWriter {
  write(chunk: Uint8Array): Promise<void>
  finish(): Promise<Written>
  abort(): Promise<void>
}

/** An unfinished write that somebody left behind (a temporary file, an open multipart upload). */
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
  /** Told of a folder that cannot be read; the listing goes on without it. Absent: such a folder fails the listing. */
  readonly unreadable?: (failure: Failure) => void
  /** Only objects with one of these prefixes (ascending) are needed; a store may omit others. */
  readonly below?: readonly string[]
}

/**
 * Where backups live. Keys are relative paths with forward slashes; a key that would escape is a bug and throws. Every
 * method throws `Failure` (unreachable for network, credentials and permissions; tool for a full disk; usage for an
 * address that cannot be), after its own retries. Nobody above a store retries.
 */
export interface Store {
  /** As the user wrote it, without secrets: `file:./backups`, `s3://bucket/prefix`. */
  readonly address: string
  /** How what is written is signed, and what is read is verified; absent: neither. */
  readonly signatures?: Signatures
  /**
   * Fails early and clearly if the store cannot be used; `writing` also checks (and for a directory makes) the place to
   * write to.
   */
  check(writing: boolean): Promise<void>
  /** `estimate` is how many bytes may come, where known: the store sizes its parts by it. */
  openWriter(key: string, options?: { estimate?: number; signal?: AbortSignal }): Promise<StoreWriter>
  /**
   * Writes a small object that must not exist yet, all or nothing. If the key holds exactly these bytes already it is
   * done; if it holds others it throws a failure of kind refused.
   */
  create(key: string, content: Uint8Array): Promise<void>
  /**
   * The object's bytes from `offset` on, or undefined if there is no such object. Anyone who can write to the store
   * controls these bytes: callers use `streams/verified-read.ts` or `operations/stores/read-object.ts`, and the linter
   * refuses direct calls.
   */
  readUnverified(key: string, options?: { offset?: number; signal?: AbortSignal }): Promise<Readable | undefined>
  /**
   * All objects whose key begins with the prefix, in ascending order of key. One pass, as few requests as the store
   * allows.
   */
  list(prefix: string, options?: ListOptions): AsyncIterable<StoredObject>
  /**
   * Removes objects durably once the iteration has ended. A missing object counts as removed. Yields in the given
   * order.
   */
  remove(keys: readonly string[]): AsyncIterable<Removal>
  /** Unfinished writes below the prefix; of a directory also empty folders (their keys end with a slash). */
  leftovers(prefix: string, options?: ListOptions): AsyncIterable<Leftover>
  /** The store's own idea of the time. */
  now(): Promise<Date>
}

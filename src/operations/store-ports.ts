// What a kind of store is: one object in a folder of src/stores, and a line in the list of kinds.
import type { StorePlace } from '../domain/store-place.ts'
import type { InputTable, Values } from '../inputs/kinds.ts'
import type { Clock, Store } from './ports.ts'

/** What an open store needs of the world. */
export interface StoreTools {
  readonly clock: Clock
  /** Told about retries, in whole sentences. */
  readonly note?: (sentence: string) => void
}

/** What opening a store needs besides. */
export interface StoreWorld extends StoreTools {
  /** Warns once of what is said several times. */
  readonly warnOnce: (sentence: string) => void
  readonly environment: Readonly<Record<string, string | undefined>>
  /** GitHub's ID token (a JWT) for an audience; absent outside GitHub Actions. */
  readonly idToken?: (audience: string) => Promise<string>
}

/** A kind of store, by the scheme of its addresses. Everything that differs between kinds is said here. */
export interface StoreKind<T extends InputTable = InputTable> {
  /** In lower case: `s3`. An address without a scheme is one of `file`. */
  readonly scheme: string
  /** An address for help and hints: `s3://bucket/prefix`. */
  readonly example: string
  readonly place: StorePlace
  /** Its own inputs: every command that uses stores has them. A row of kind `secret` is a secret everywhere. */
  readonly inputs: T
  /** The store that is used where none is named, if its inputs say so. */
  readonly fallback?: {
    /** For help: `s3://AWS_S3_BUCKET if set`. */
    readonly summary: string
    address(values: Values<T>): string | undefined
  }
  /** Rules across its inputs, asked if one of its stores is used: every broken one as a sentence naming the inputs. */
  check?(values: Values<T>): readonly string[]
  /** The same text for every way to write an address. Absent: without slashes at its end. */
  canonical?(address: string): string
  /** A shell command that brings the files below a prefix into the working directory, or goes to where they are. */
  download(address: string, prefix: string): string
  /**
   * Opens the store at an address; its code is loaded only then. Throws a failure of kind usage for an invalid address or
   * input. Nothing is connected yet: `check` of the store does that.
   */
  open(address: string, values: Values<T>, world: StoreWorld): Promise<Store>
}

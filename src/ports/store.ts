// The port for a kind of store: one object in a folder of src/stores and a line in the list of kinds.
import type { StorePlace } from '../domain/store-place.ts'
import type { InputTable, Values } from '../inputs/kinds.ts'
import type { Clock, Store } from './common.ts'

/** Services that an open store uses. */
export interface StoreTools {
  readonly clock: Clock
  /** Reports retries in full sentences. */
  readonly note?: (sentence: string) => void
  /** Aborted when the command is interrupted. Cleanup requests are sent after that. */
  readonly interruption?: AbortSignal
}

/** Additional services for opening a store. */
export interface StoreWorld extends StoreTools {
  /** Prints each warning only once. */
  readonly warnOnce: (sentence: string) => void
  readonly environment: Readonly<Record<string, string | undefined>>
  /** GitHub's ID token (a JWT) for an audience; absent outside GitHub Actions. */
  readonly idToken?: (audience: string) => Promise<string>
}

/** A kind of store, identified by the scheme of its addresses. Defines all differences between kinds. */
export interface StoreKind<T extends InputTable = InputTable> {
  /** In lower case: `s3`. An address without a scheme belongs to `file`. */
  readonly scheme: string
  /** An address for help and hints: `s3://bucket/prefix`. */
  readonly example: string
  readonly place: StorePlace
  /** Its inputs, which are added to each command that uses stores. Values of kind `secret` are masked everywhere. */
  readonly inputs: T
  /** The default store of this kind if no store is given and its inputs define one. */
  readonly fallback?: {
    /** For help: `s3://AWS_S3_BUCKET if set`. */
    readonly summary: string
    address(values: Values<T>): string | undefined
  }
  /**
   * Checks its inputs if one of its stores is used. Returns a message for each violation, with the names of the inputs.
   */
  check?(values: Values<T>): readonly string[]
  /** Normalizes an address. Default: removes trailing slashes. */
  canonical?(address: string): string
  /** A shell command that downloads the files of a prefix into the working directory, or changes to their directory. */
  download(address: string, prefix: string): string
  /**
   * Opens the store at an address; its code is loaded only then. Throws a failure of kind usage for an invalid address
   * or input. Nothing is connected yet: `check` of the store does that.
   */
  open(address: string, values: Values<T>, world: StoreWorld): Promise<Store>
}

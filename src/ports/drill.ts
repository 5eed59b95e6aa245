// Ports of a drill of a database: the scratch server, and commands of the user.
import type { TriedTenants } from '../domain/drill/drill.ts'
import type { IsolationPolicy, IsolationUsed } from '../domain/drill/isolation.ts'
import type { Difference } from '../domain/fingerprint/fingerprint.ts'
import type { TableName } from '../domain/fingerprint/table-name.ts'
import type { Manifest, PostgresManifest } from '../domain/manifest/manifest.ts'
import type { PayloadSource } from './platform.ts'

/** A phase of restoring as it was measured. */
export interface PhaseTime {
  readonly phase: string
  readonly seconds: number
}

/**
 * A throwaway database (or Redis) that a drill loads a backup into. Never the source, never one it did not make itself.
 */
export interface Scratch<M extends Manifest = PostgresManifest> {
  /** For the user's checks. Holds a password: never shown. */
  readonly url: string
  /** Of a database of the same server that holds nothing of the backup; absent for Redis. */
  readonly maintenanceUrl?: string
  readonly display: string
  /** What keeps the backup's content from this machine. */
  readonly isolation: IsolationUsed
  /** Another URL of it, by TCP on this machine, for programs that know no unix sockets; until closed. */
  openPort(): Promise<{ readonly url: string; close(): Promise<void> }>
  /**
   * Loads the backup. Throws a failure of kind integrity if its bytes are damaged or the server refuses its data,
   * another kind if the server lacks something. Calls `onProgress` with the bytes of content read so far. Returns
   * notes.
   */
  load(
    manifest: M,
    payloads: readonly PayloadSource[],
    onProgress?: (bytes: number) => void,
  ): Promise<readonly string[]>
  /**
   * Everything in which the database differs from the backup. Calls `onNote` with a sentence for what was not compared.
   */
  compare(manifest: M, onNote?: (sentence: string) => void): Promise<readonly Difference[]>
  /** What of a backup of tenants was loaded; absent for other kinds. */
  tried?(): TriedTenants
  /** Runs SQL that must give at least one row, all of whose first columns are true (or a single positive number). */
  checkSql(sql: string): Promise<{ readonly passed: boolean; readonly detail: string }>
  /** Any number of times. */
  drop(): Promise<void>
}

export interface ScratchRequest {
  readonly manifest: PostgresManifest
  /** A server to use instead of a temporary local cluster, and the name of the database to make there. */
  readonly server?: { readonly url: string; readonly database: string }
  /** Only these tables, their rows and what they need; a partitioned one brings its partitions. Absent: all of it. */
  readonly tables?: readonly TableName[]
  readonly jobs: number
  readonly allowMissingExtensions: boolean
  readonly temporary: string
  /** Of a temporary local cluster. */
  readonly isolation: IsolationPolicy
  readonly signal: AbortSignal
}

export type DrillScratch = (request: ScratchRequest) => Promise<Scratch>

/** Runs a command the user supplied through the shell; output goes to the reporter; returns its exit code. */
export type RunUserCommand = (
  command: string,
  options: { readonly environment?: Readonly<Record<string, string>>; readonly signal: AbortSignal },
) => Promise<number>

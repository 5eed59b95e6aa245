// Ports of a drill: the scratch server, and commands of the user.
import type { TriedTenants } from '../domain/drill/drill.ts'
import type { IsolationPolicy, IsolationUsed } from '../domain/drill/isolation.ts'
import type { Difference } from '../domain/fingerprint/fingerprint.ts'
import type { TableName } from '../domain/fingerprint/table-name.ts'
import type { Manifest, PostgresManifest } from '../domain/manifest/manifest.ts'
import type { PayloadSource } from './platform.ts'

/** The measured duration of a phase of the restore. */
export interface PhaseTime {
  readonly phase: string
  readonly seconds: number
}

/** A temporary database (or Redis) that a drill creates and loads a backup into. Never the source of the backup. */
export interface Scratch<M extends Manifest = PostgresManifest> {
  /** For the user's checks. Contains a password, so it is never shown. */
  readonly url: string
  /** URL of another database on the same server, without data of the backup; absent for Redis. */
  readonly maintenanceUrl?: string
  readonly display: string
  /** How this machine is isolated from the content of the backup. */
  readonly isolation: IsolationUsed
  /** Returns a TCP URL for programs that do not support Unix sockets; it is valid until closed. */
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
   * Returns all differences between the database and the backup. Calls `onNote` with a sentence about what was not
   * compared.
   */
  compare(manifest: M, onNote?: (sentence: string) => void): Promise<readonly Difference[]>
  /** Numbers of loaded tenants and rows, for a backup of tenants; absent for other kinds. */
  tried?(): TriedTenants
  /**
   * Runs SQL. It passes if the first column is true in every row (at least one), or a positive number in a single row.
   */
  checkSql(sql: string): Promise<{ readonly passed: boolean; readonly detail: string }>
  /** Can be called repeatedly. */
  drop(): Promise<void>
}

export interface ScratchRequest {
  readonly manifest: PostgresManifest
  /** A server to use instead of a temporary local cluster, and the name of the database to create there. */
  readonly server?: { readonly url: string; readonly database: string }
  /** Only these tables with their rows, their partitions and what they depend on. Absent: the whole backup. */
  readonly tables?: readonly TableName[]
  readonly jobs: number
  readonly allowMissingExtensions: boolean
  /** Whether to install PostgreSQL programs that are missing: the server for a temporary cluster, else the client. */
  readonly installTools: boolean
  readonly temporary: string
  /** For a temporary local cluster. */
  readonly isolation: IsolationPolicy
  readonly signal: AbortSignal
}

export type DrillScratch = (request: ScratchRequest) => Promise<Scratch>

/** Runs a command of the user through the shell. Output goes to the reporter. Returns the exit code. */
export type RunUserCommand = (
  command: string,
  options: { readonly environment?: Readonly<Record<string, string>>; readonly signal: AbortSignal },
) => Promise<number>

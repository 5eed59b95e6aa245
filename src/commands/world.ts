// The world that commands receive, with all kinds of backup and of store, and what commands return.

import type { Failure } from '../domain/failures/failure.ts'
import type { Manifest, Origin } from '../domain/manifest/manifest.ts'
import type { Flags } from '../domain/text/command-line.ts'
import type { dumpInputs } from '../inputs/dump.ts'
import type { Values } from '../inputs/kinds.ts'
import type { temporaryInputs } from '../inputs/shared.ts'
import type { BackupSet } from '../operations/backup/backup-run.ts'
import type { Clock, Reporter, RunState, Store } from '../ports/common.ts'
import type { DrillScratch, RunUserCommand } from '../ports/drill.ts'
import type { IdentifyDatabase, OpenChanges, OpenForge } from '../ports/gate.ts'
import type { KindPart, StoredKind } from '../ports/kind.ts'
import type { Platform } from '../ports/platform.ts'
import type { OpenRecord } from '../ports/record.ts'
import type { ExamineRedis, OpenRedis, OpenRedisScratch, OpenRedisTarget, WriteRedisFile } from '../ports/redis.ts'
import type { RehearsalPorts } from '../ports/rehearsal.ts'
import type { OpenLiveServer } from '../ports/restore.ts'
import type { StoreKind } from '../ports/store.ts'
import type { OpenTenantDump, OpenTenantPack, OpenTenantZip, TenantTarget } from '../ports/tenant.ts'
import type { OpenTenants } from '../ports/tenant-plan.ts'
import type { Fact, Report } from '../report/report.ts'
import type { RepeatedValues } from './printed-commands/repeated-flags.ts'
import type { RestoreValues } from './restore/restore-inputs.ts'
import type { outputsOfRestore } from './restore/restore-outputs.ts'

/** Everything that a command may use. Hosts create it; tests create their own. */
export interface World {
  readonly reporter: Reporter
  readonly clock: Clock
  /** Aborted on SIGINT and SIGTERM; reason is a failure of kind interrupted. */
  readonly signal: AbortSignal
  /** State for the message after an interruption; absent: no such message. */
  readonly state?: RunState
  /** Six lower-case hexadecimal digits. */
  random(): string
  /** Whether this machine's disk is discarded after the job, as on a runner hosted by GitHub. */
  readonly ephemeral?: boolean
  /** Folder for temporary files. Code that creates a folder in it removes that folder. */
  readonly temporary: string
  /** Removes leftovers of killed runs from `temporary` and from one more folder. Never throws. */
  removeLeftovers(more: string | undefined): Promise<void>
  readonly origin: Origin
  /** Masks the secrets of all inputs in text that is stored or sent. The host masks printed text itself. */
  hideSecrets(text: string): string
  /** Returns GitHub's ID token (a JWT) for an audience. Present only in GitHub Actions with `id-token: write`. */
  readonly idToken?: (audience: string) => Promise<string>
  /** All kinds of backup; the first is the default. */
  readonly kinds: readonly BackupKind[]
  /** What --kind selects: all kinds of backup, and `all`. */
  readonly choices: readonly KindChoice[]
  /** All kinds of store. */
  readonly stores: readonly StoreKind[]
  /** Opens the store at an address with the values of the command, including the inputs of the store kind. */
  openStore(address: string, values: object): Promise<Store>
  openPlatform(url: string, settings: { installTools: boolean }): Promise<Platform>
  openTenants: OpenTenants
  openTenantDump: OpenTenantDump
  openTenantTarget(url: string): Promise<TenantTarget>
  openTenantZip: OpenTenantZip
  openTenantPack: OpenTenantPack
  openScratch: DrillScratch
  openRedis: OpenRedis
  openRedisTarget: OpenRedisTarget
  readonly openRedisScratch: OpenRedisScratch
  writeRedisFile: WriteRedisFile
  examineRedis: ExamineRedis
  openLiveServer: OpenLiveServer
  /** Opens the record of runs. */
  readonly openRecord: OpenRecord
  runUserCommand: RunUserCommand
  /** Required for rehearsals of migrations; absent if they are not possible. */
  readonly rehearsal?: RehearsalPorts
  openChanges: OpenChanges
  identifyDatabase: IdentifyDatabase
  /** Returns the name of the database in a URL, without connecting to it. */
  databaseNameOf(url: string): Promise<string>
  openForge: OpenForge
}

/** Output name in kebab-case -> one-line description. */
export type OutputTable = Readonly<Record<string, string>>

/** The result of a command. */
export interface Outcome<O extends OutputTable = OutputTable> {
  /** Values of declared outputs; an output without a value is empty. */
  readonly outputs: { readonly [K in keyof O]?: string | number | boolean | undefined }
  /** For people: what was done, where it is stored, what to do next. A terminal, a log and a job summary show it. */
  readonly report: Report
  /** For `--json`. An object, so that a failure can be added to it as `error`. */
  readonly document: unknown
  /**
   * Set if the command failed but has results to show, for example if one of several stores is down. Shown after the
   * report like a thrown failure; determines the exit code.
   */
  readonly failure?: Failure
}

/** Input values of backups of all kinds, and those that printed commands repeat. */
export type BackupValues = Values<typeof dumpInputs> & Values<typeof temporaryInputs> & RepeatedValues

/** What was restored or planned. */
export interface RestoreResult extends Outcome<typeof outputsOfRestore> {
  /** The value that --confirm needs; undefined if none is needed. */
  readonly confirm: string | undefined
  /** Arguments and flags that name the backup in the command after a dry run. Default: its ID and the stores. */
  readonly source?: { readonly words: readonly string[]; readonly flags: Flags }
}

/** What --kind selects in `backup` and `restore`: a kind of backup, or several that one run makes together. */
export interface KindChoice {
  readonly name: string
  readonly backup: KindPart & {
    /** Kind of the backup that names the run. */
    readonly main: string
    /** Makes the backups in these stores. If only some stores fail, the result has a failure. */
    run(stores: readonly Store[], values: BackupValues, world: World): Promise<BackupSet>
  }
  readonly restore: KindPart & {
    /** Restores the backup, or with --dry-run only plans the restore. */
    run(values: RestoreValues, world: World): Promise<RestoreResult>
    /** The failure if another kind is requested with the ID of a backup of this kind. Default: names --kind. */
    wrongKind?(values: RestoreValues, world: World): Promise<Failure>
  }
}

/** A kind of backup: everything that differs from other kinds. Its manifests are `M`. */
export interface BackupKind<M extends Manifest = Manifest> extends StoredKind<M>, KindChoice {
  readonly report: KindReport<M>
}

/** Parts of reports that depend on the kind of backup. */
export interface KindReport<M extends Manifest> {
  /** Labels of the sizes that are compared to detect shrinking; without `bytes`, only rows are compared. */
  readonly sizes: { readonly rows: string; readonly bytes?: string }
  facts(manifest: M): readonly Fact[]
  contents?(manifest: M): Report
  /** Flags of the restore. If the target is not known, `confirm` is a placeholder. */
  restore(manifest: M): { readonly flags?: Flags; readonly confirm: string }
  /** Shell commands that restore the downloaded files without Resguardo. */
  byHand(manifest: M): readonly string[]
}

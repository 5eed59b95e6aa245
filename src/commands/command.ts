// A command is data: inputs, outputs and what it does with them in a world it is given.
import { Failure } from '../domain/failure.ts'
import type { Origin } from '../domain/manifest.ts'
import type { InputTable, Values } from '../inputs/kinds.ts'
import type { DrillScratch, RunUserCommand } from '../operations/drill-ports.ts'
import type { IdentifyDatabase, OpenChanges, OpenForge } from '../operations/gate-ports.ts'
import type { StoredKind } from '../operations/kind-ports.ts'
import type { Platform } from '../operations/platform-ports.ts'
import type { Clock, Reporter, RunState, Store } from '../operations/ports.ts'
import type { OpenRecord } from '../operations/record-ports.ts'
import type {
  ExamineRedis,
  OpenRedis,
  OpenRedisScratch,
  OpenRedisTarget,
  WriteRedisFile,
} from '../operations/redis-ports.ts'
import type { RehearsalPorts } from '../operations/rehearsal-ports.ts'
import type { OpenLiveServer } from '../operations/restore-ports.ts'
import type { StoreKind } from '../operations/store-ports.ts'
import type { OpenTenants } from '../operations/tenant-plan-ports.ts'
import type { OpenTenantDump, OpenTenantPack, OpenTenantZip, TenantTarget } from '../operations/tenant-ports.ts'
import type { Report } from '../report/report.ts'
import { completeReport, withCompleteHint } from './complete-commands.ts'

/** Everything a command may touch. Hosts build it; tests build their own. */
export interface World {
  readonly reporter: Reporter
  readonly clock: Clock
  /** Aborted on SIGINT and SIGTERM; reason is a failure of kind interrupted. */
  readonly signal: AbortSignal
  /** State for the message after an interruption; absent: no such message. */
  readonly state?: RunState
  /** Six lower-case hexadecimal digits. */
  random(): string
  /** Whether this machine's disk is thrown away when the job ends, as on a runner that GitHub hosts. */
  readonly ephemeral?: boolean
  /** Where temporary files may lie; whoever makes a folder in it removes it. */
  readonly temporary: string
  /** Removes what killed runs left there and in one more folder. Never throws. */
  removeLeftovers(more: string | undefined): Promise<void>
  readonly origin: Origin
  /** Masks the secrets of all inputs in text that is stored or sent. The host masks printed text itself. */
  hideSecrets(text: string): string
  /** GitHub's ID token (a JWT) for an audience; only there inside GitHub Actions with `id-token: write`. */
  readonly idToken?: (audience: string) => Promise<string>
  /** All kinds of backup; the first is the default. */
  readonly kinds: readonly StoredKind[]
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
  /** The record of runs; a world without one warns where it is asked for. */
  readonly openRecord: OpenRecord
  runUserCommand: RunUserCommand
  /** What rehearsing a migration takes; a world without it cannot. */
  readonly rehearsal?: RehearsalPorts
  openChanges: OpenChanges
  identifyDatabase: IdentifyDatabase
  /** The name of the database that a URL means, without connecting to it. */
  databaseNameOf(url: string): Promise<string>
  openForge: OpenForge
}

/** Output name in kebab-case -> one line saying what it holds. */
export type OutputTable = Readonly<Record<string, string>>

/** What a command came to. */
export interface Outcome<O extends OutputTable = OutputTable> {
  /** Values of declared outputs; an output without a value is empty. */
  readonly outputs: { readonly [K in keyof O]?: string | number | boolean | undefined }
  /** For people: what was done, where it is stored, what to do next. A terminal, a log and a job summary show it. */
  readonly report: Report
  /** For `--json`. An object, so that a failure can be added to it as `error`. */
  readonly document: unknown
  /**
   * Set where there is something to show although the command failed (one of several stores is down): shown after the
   * report like a thrown failure, and decides the exit code.
   */
  readonly failure?: Failure
}

export interface Command<T extends InputTable = InputTable, O extends OutputTable = OutputTable> {
  readonly name: string
  /** One line, no final full stop. */
  readonly summary: string
  /** Examples for `--help`, each a whole command line after `resguardo `. */
  readonly examples: readonly string[]
  /** What arguments without a flag are taken for: names of input rows, in this order. */
  readonly positional?: readonly (keyof T & string)[]
  /** Kinds of backup that the command accepts, each with a one-line summary without a full stop. */
  readonly kinds?: Readonly<Record<string, string>>
  readonly inputs: T
  readonly outputs: O
  /** Rules across inputs: returns a message for each violation, with the names of the inputs. Makes no connection. */
  check?(values: Values<T>, world: Pick<World, 'stores'>): readonly string[]
  run(values: Values<T>, world: World): Promise<Outcome<O>>
}

/** Keeps the literal types of a command's tables, and completes the commands in its report and hints. */
export function command<const T extends InputTable, const O extends OutputTable>(
  definition: Command<T, O>,
): Command<T, O> {
  return {
    ...definition,
    async run(values, world) {
      try {
        const { failure, ...outcome } = await definition.run(values, world)
        const completed = { ...outcome, report: completeReport(outcome.report, values, world) }
        return failure ? { ...completed, failure: withCompleteHint(failure, values, world) } : completed
      } catch (error) {
        throw error instanceof Failure ? withCompleteHint(error, values, world) : error
      }
    },
  }
}

// A rehearsal: runs the user's migration on data that a drill has just restored, in a sandbox that blocks access to the
// network and to secrets.
import { type ConnectionVariable, connectionEnvironment } from '../../domain/connection-variables.ts'
import {
  findingsOf,
  halfCommitted,
  type Measured,
  type Rehearsal,
  reasonAgainst,
  rehearsalSentence,
} from '../../domain/drill/rehearsal.ts'
import { changesBetween, informationOn, objectsBetween } from '../../domain/drill/rehearsal-changes.ts'
import { Failure } from '../../domain/failures/failure.ts'
import type { Clock, Reporter } from '../../ports/common.ts'
import type { Confinement, RehearsalDatabase, RehearsalPlace, RehearsalPorts } from '../../ports/rehearsal.ts'
import { ShownOutput } from './shown-output.ts'

export interface RehearsalRequest {
  /** Runs with network access, before any data is restored: `npm ci`. */
  readonly setupCommand: string | undefined
  readonly migrateCommand: string
  /** The checkout; both commands run in a copy of it. */
  readonly directory: string
  readonly timeoutSeconds: number
  readonly connectionVariables: readonly ConnectionVariable[]
  readonly confinement: 'required' | 'none'
}

interface RehearsalWorld {
  readonly reporter: Reporter
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly rehearsal?: RehearsalPorts
}

/** Runs one phase of the drill. */
type Timed = <T>(phase: string, work: () => Promise<T>) => Promise<T>

/** A rehearsal that is ready to run once data is restored. */
export interface PreparedRehearsal {
  /** Runs the migration on scratch, which is not compared afterwards, or returns that the setup failed. */
  run(place: RehearsalPlace, timed: Timed): Promise<Rehearsal>
  /** Removes the login and the copy of the checkout, after scratch is dropped. Never throws. */
  close(): Promise<void>
}

/**
 * Before data is restored: refuses code that may not be rehearsed, opens a sandbox and runs the setup. A sandboxed
 * command never has both data and network. Throws a failure of kind refused for untrusted code, and a failure of kind
 * tool if no sandbox is available.
 */
export async function prepareRehearsal(
  request: RehearsalRequest,
  temporary: string,
  world: RehearsalWorld,
): Promise<PreparedRehearsal> {
  const { reporter, signal, rehearsal: ports } = world
  if (!ports) throw new Error('this world cannot rehearse')
  const against = reasonAgainst(ports.origin)
  if (against !== undefined) throw refusedOrigin(against)
  if (request.confinement === 'none') reporter.warn(warning)
  const { directory, confinement } = request
  const sandbox = await reporter.phase('Making a copy of the checkout for the rehearsal', () =>
    ports.openConfinement({ checkout: directory, temporary, confinement, signal }),
  )
  const prepared = new Prepared(request, world, ports, sandbox)
  try {
    await prepared.setUp()
    return prepared
  } catch (error) {
    await sandbox.close()
    throw error
  }
}

const warning =
  '--rehearsal-confinement none: the migration runs as this user with the network, and can read and send everything that this user can. Use it only if you trust everyone who can push with access to production.'

function refusedOrigin(reason: string): Failure {
  return new Failure('rehearsal/not-allowed', `could not rehearse the migration: ${reason}`, {
    hint: 'Omit --migrate-command. A rehearsal runs code of a branch on production data, so it is only for branches of a private repository.',
  })
}

interface Ran {
  readonly exitCode: number | undefined
  readonly seconds: number
  readonly output: ShownOutput
}

class Prepared implements PreparedRehearsal {
  readonly #request: RehearsalRequest
  readonly #world: RehearsalWorld
  readonly #ports: RehearsalPorts
  readonly #sandbox: Confinement
  #setup: Ran | undefined
  #database: RehearsalDatabase | undefined

  constructor(request: RehearsalRequest, world: RehearsalWorld, ports: RehearsalPorts, sandbox: Confinement) {
    this.#request = request
    this.#world = world
    this.#ports = ports
    this.#sandbox = sandbox
  }

  async setUp(): Promise<void> {
    const { setupCommand } = this.#request
    if (setupCommand === undefined) return
    this.#setup = await this.#world.reporter.phase('Running the setup of the rehearsal', () =>
      this.#command(setupCommand),
    )
  }

  async run(place: RehearsalPlace, timed: Timed): Promise<Rehearsal> {
    if (this.#setup && this.#setup.exitCode !== 0)
      return this.#verdict('setup-command', this.#setup, { tables: [] }, [])
    const confined = this.#request.confinement === 'required'
    const database = await this.#ports.openDatabase(place, { confined, signal: this.#world.signal })
    this.#database = database
    try {
      return await this.#migrate(database, timed)
    } finally {
      await database.close()
    }
  }

  async close(): Promise<void> {
    await this.#database?.remove()
    await this.#sandbox.close()
  }

  async #migrate(database: RehearsalDatabase, timed: Timed): Promise<Rehearsal> {
    const before = await timed('Reading every table before the migration', () => database.measure())
    const watch = await database.watchLocks()
    let ran: Ran
    try {
      ran = await timed('Rehearsing the migration', () => this.#command(this.#request.migrateCommand, database))
    } catch (error) {
      await watch.stop().catch(() => {})
      throw error
    }
    const locks = await watch.stop()
    const after = await timed('Reading every table after the migration', () => database.measure())
    const measured = {
      ...{ locks, bytesBefore: before.bytes, bytesAfter: after.bytes },
      tables: changesBetween(before, after),
      objects: objectsBetween(before, after),
    }
    return this.#verdict('migrate-command', ran, measured, database.notes)
  }

  async #command(command: string, database?: RehearsalDatabase): Promise<Ran> {
    const { clock, reporter, signal } = this.#world
    const { timeoutSeconds, connectionVariables } = this.#request
    const output = new ShownOutput(reporter, database ? [database.login.password] : [])
    const began = clock.seconds()
    const { exitCode } = await this.#sandbox.run({
      ...{ command, timeoutSeconds, signal, onLine: output.onLine },
      ...(database && {
        dial: (client) => database.dial(client),
        environment: (server) =>
          connectionEnvironment({ ...server, ...database.login, tls: database.tls }, connectionVariables),
      }),
    })
    output.end()
    return { exitCode, seconds: Math.round((clock.seconds() - began) * 1000) / 1000, output }
  }

  #verdict(
    decidedBy: Rehearsal['decidedBy'],
    { exitCode, seconds, output }: Ran,
    measured: Measured,
    notes: readonly string[],
  ): Rehearsal {
    const failed = exitCode !== 0
    const bad = decidedBy === 'setup-command' ? 'setup-failed' : 'failed'
    const { objects } = measured
    return {
      ...{ verdict: failed ? bad : 'passed', command: this.#request.migrateCommand, decidedBy },
      ...(exitCode !== undefined && { exitCode }),
      ...(failed && { lastLines: output.last, ...(output.error !== undefined && { error: output.error }) }),
      ...{ seconds, timeoutSeconds: this.#request.timeoutSeconds, confinement: this.#sandbox.display },
      ...{ ...measured, ...(objects && { objects: objects.slice(0, objectsRecorded) }) },
      findings: [...(failed ? halfCommitted(measured) : []), ...findingsOf(measured)],
      ...{ information: informationOn(measured.tables), notes },
    }
  }
}

/** Limit for a drill's record, which is a small object. */
const objectsRecorded = 1000

/** The run's failure after the drill is recorded: the backup is good, but the run must stop. Undefined if it passed. */
export function rehearsalFailure(rehearsal: Rehearsal | undefined): Failure | undefined {
  if (!rehearsal || rehearsal.verdict === 'passed') return undefined
  const said = `${rehearsalSentence(rehearsal)}${rehearsal.error === undefined ? '' : ` (${rehearsal.error})`}`
  if (rehearsal.verdict === 'setup-failed')
    return new Failure('rehearsal/setup-failed', `the rehearsal of the migration ${said}`, {
      hint: 'The backup is proven, and the migration was not tried. Correct setup-command, or what it needs, and rehearse again.',
    })
  return new Failure('rehearsal/failed', `the rehearsal of the migration ${said}`, { hint: hintFor(rehearsal) })
}

/** Exit codes of a shell that cannot run a command. */
const notRun: ReadonlySet<number | undefined> = new Set([126, 127])

function hintFor({ exitCode, findings }: Rehearsal): string {
  if (exitCode === undefined)
    return 'The backup is proven. Raise migrate-timeout if the migration may take that long in production.'
  if (notRun.has(exitCode))
    return 'The backup is proven, but the migrate command did not start: install its programs with setup-command.'
  const left = findings.some((finding) => finding.startsWith('the migration failed after'))
    ? ' See what it left behind above.'
    : ''
  return `The backup is proven, but the migration fails on its data.${left} Correct the migration and rehearse again.`
}

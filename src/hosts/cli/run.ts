// One run of the command line: from words to a command, its result or failure, and the exit code.
import type { Command, Outcome, World } from '../../commands/command.ts'
import type { Registry } from '../../commands/registry.ts'
import { asFailure, Failure } from '../../domain/failure.ts'
import type { InputTable } from '../../inputs/kinds.ts'
import { nearestName } from '../../inputs/nearest.ts'
import { collectInputs, inputFailure, withEnvironment } from '../../inputs/parse.ts'
import type { Clock, Reporter } from '../../operations/ports.ts'
import { type Masker, secretsOf } from '../masking.ts'
import { type Arguments, readArguments } from './arguments.ts'
import { failureDocument, failureText, jsonText } from './failure-text.ts'
import { commandHelp, overviewHelp } from './help.ts'
import { hostInputs } from './host-inputs.ts'
import { type Output, widthOf } from './output.ts'
import { type TerminalReporter, terminalReporter } from './terminal-reporter.ts'

/** All that a run of the command line touches. */
export interface CliHost {
  /** The words after the program's name. */
  readonly words: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly stdout: Output
  readonly stderr: Output
  readonly registry: Registry
  readonly version: string
  readonly clock: Clock
  readonly masker: Masker
  /** Aborted with a Failure('interrupted') on SIGINT and SIGTERM, with anything else on a crash outside the work. */
  readonly signal: AbortSignal
  /** Rejects if something breaks where nobody waits for it. */
  readonly crashed: Promise<never>
  makeWorld(parts: { reporter: Reporter; signal: AbortSignal }): World
}

/** Runs one command to its end and prints what it came to. Never throws; returns the exit code. */
export async function runCli(host: CliHost): Promise<number> {
  const reporter = terminalReporter(host.stderr, host.clock, host.masker.mask)
  try {
    const printed = await answer(host, reporter)
    reporter.clear()
    if ('text' in printed) return printText(host, printed.text)
    const { failure, ...outcome } = printed.outcome
    return printOutcome(host, failure ? { ...outcome, failure: settle(failure, host.signal) } : outcome)
  } catch (thrown) {
    reporter.clear()
    return printOutcome(host, { failure: settle(thrown, host.signal) })
  }
}

/** Whether a flag is on, before anything else is known, so that even the worst command line is answered the way it asked. */
function wants(words: readonly string[], flag: string): boolean {
  const flags = words.includes('--') ? words.slice(0, words.indexOf('--')) : words
  return flags.includes(`--${flag}`) || flags.includes(`--${flag}=true`)
}

/** When the work was interrupted, whatever broke because of it is only the interruption. */
function settle(thrown: unknown, signal: AbortSignal): Failure {
  const failure = asFailure(thrown)
  if (!signal.aborted || failure.kind === 'interrupted') return failure
  const reason = asFailure(signal.reason)
  return new Failure(reason.kind, reason.message, { ...(reason.hint === undefined ? {} : { hint: reason.hint }), cause: thrown })
}

type Printed = { readonly text: string } | { readonly outcome: Outcome }

function printText(host: CliHost, text: string): number {
  host.stdout.write(text)
  return 0
}

/** Results on stdout; with --json the document there, and whatever people read on stderr. Gives the exit code. */
function printOutcome(host: CliHost, { lines = [], document, failure }: Partial<Outcome>): number {
  const { stdout, stderr, masker } = host
  const json = wants(host.words, 'json')
  const text = lines.map((line) => `${masker.mask(line)}\n`).join('')
  if (text !== '') (json ? stderr : stdout).write(text)
  if (failure) stderr.write(masker.mask(failureText(failure, wants(host.words, 'debug'))))
  if (json) stdout.write(jsonText(failure ? { ...Object(document), ...failureDocument(failure) } : (document ?? {}), masker.mask))
  return failure?.exitCode ?? 0
}

async function answer(host: CliHost, reporter: TerminalReporter): Promise<Printed> {
  const [first, ...rest] = host.words
  if (first === undefined || first.startsWith('-') || first === 'help') return answerWithoutCommand(host, first, rest)
  const command = await loadCommand(host, first)
  const table: InputTable = { ...command.inputs, ...hostInputs }
  const given = readArguments(rest, table, command.positional)
  host.masker.add(secretsOf(table, given.read, host.environment))
  if (wants(rest, 'help') || rest.includes('-h')) return { text: commandHelp(command, widthOf(host.stdout)) }
  if (wants(rest, 'version')) return { text: `${host.version}\n` }
  const values = checkedValues(host, command, given)
  warnOfOpenSecrets(table, given, reporter)
  const world = host.makeWorld({ reporter, signal: host.signal })
  return { outcome: await Promise.race([command.run(values, world), host.crashed, overdue(host)]) }
}

/** How long the work may clean up after a signal: a runner kills what takes longer than ten seconds in all. */
const graceSeconds = 5

/** Rejects when the work was asked to stop and has not ended in time; never resolves. */
function overdue({ signal, clock }: CliHost): Promise<never> {
  return new Promise((_, reject) => {
    const giveUp = () => void clock.sleep(graceSeconds).then(() => reject(asFailure(signal.reason)))
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp, { once: true })
  })
}

async function answerWithoutCommand(host: CliHost, first: string | undefined, rest: readonly string[]): Promise<Printed> {
  const width = widthOf(host.stdout)
  if (first === 'help' && rest[0] !== undefined) return { text: commandHelp(await loadCommand(host, rest[0]), width) }
  const given = readArguments(first === undefined || first === 'help' ? [] : host.words, hostInputs)
  if (given.problems.length > 0)
    throw inputFailure(given.problems, 'Run resguardo --help; the command comes first, then its flags.')
  if (wants(host.words, 'version')) return { text: `${host.version}\n` }
  if (first === 'help' || first === '-h' || wants(host.words, 'help')) return { text: overviewHelp(host.registry, width) }
  throw new Failure('usage', 'no command is named', {
    hint: `Name one of ${Object.keys(host.registry).join(', ')}; resguardo --help says what each does.`,
  })
}

async function loadCommand(host: CliHost, name: string): Promise<Command> {
  const found = Object.hasOwn(host.registry, name) ? host.registry[name] : undefined
  if (found) return found.load()
  const meant = nearestName(name, Object.keys(host.registry))
  throw new Failure(
    'usage',
    `there is no command ${JSON.stringify(name)}${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    {
      hint: 'Run resguardo --help for all commands.',
    },
  )
}

/** The command's values; every bad input, unknown flag and broken rule in one failure. */
function checkedValues(host: CliHost, command: Command, given: Arguments): Parameters<Command['run']>[0] {
  const own = collectInputs(command.inputs, withEnvironment(given.read, host.environment))
  const general = collectInputs(hostInputs, given.read)
  const problems = [...given.problems, ...own.problems, ...general.problems]
  if (problems.length === 0) problems.push(...(command.check?.(own.values) ?? []))
  if (problems.length > 0) throw inputFailure(problems, `Run resguardo ${command.name} --help for what each input may be.`)
  return own.values
}

function warnOfOpenSecrets(table: InputTable, given: Arguments, reporter: Reporter): void {
  for (const name of given.names) {
    const row = table[name]
    const variable = row?.kind === 'secret' ? row.environment?.[0] : undefined
    if (row?.kind !== 'secret') continue
    const instead = variable === undefined ? '' : `; ${variable} in the environment is safer`
    reporter.warn(`--${name} on the command line can be seen by other users of this machine${instead}`)
  }
}

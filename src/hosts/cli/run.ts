// Runs the command line once: from its arguments to a command, its result or failure, and the exit code.
import type { Command, Outcome, World } from '../../commands/command.ts'
import type { Registry } from '../../commands/registry.ts'
import { Failure } from '../../domain/failures/failure.ts'
import { type InputTable, isSecretPath } from '../../inputs/kinds.ts'
import { nearestName } from '../../inputs/nearest.ts'
import { collectInputs, inputFailure, withEnvironment } from '../../inputs/parse.ts'
import type { Clock, Reporter } from '../../ports/common.ts'
import { reportLines } from '../../report/text.ts'
import { failureDocument, failureLines } from '../failure-text.ts'
import type { Guarded } from '../guard.ts'
import { jsonPieces } from '../json-text.ts'
import { findSecrets, type Masker } from '../masking.ts'
import { checkedValues, runToEnd, settle } from '../run-command.ts'
import { shown } from '../shown.ts'
import { type Arguments, readArguments } from './arguments.ts'
import { completionScript } from './completion.ts'
import { commandHelp, overviewHelp, sharedHelp } from './help.ts'
import { hostInputs } from './host-inputs.ts'
import { helpWidth, type Output, widthOf, writeAll } from './output.ts'
import { type TerminalReporter, terminalReporter } from './terminal-reporter.ts'

/** Everything that a run of the command line uses. */
export interface CliHost extends Guarded {
  /** The arguments after the program's name. */
  readonly words: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly stdout: Output
  readonly stderr: Output
  readonly registry: Registry
  readonly version: string
  readonly clock: Clock
  readonly masker: Masker
  makeWorld(parts: Pick<World, 'reporter' | 'signal' | 'hideSecrets'>): World
}

/** Runs one command and prints its result. Never throws; returns the exit code. */
export async function runCli(host: CliHost): Promise<number> {
  const reporter = terminalReporter(host.stderr, host.clock, host.masker.mask, wants(host.words, 'quiet'))
  try {
    const printed = await answer(host, reporter)
    reporter.clear()
    if ('text' in printed) return await printText(host, printed.text)
    const { failure } = printed.outcome
    return await printOutcome(host, printed.outcome, failure && settle(failure, host.signal))
  } catch (thrown) {
    reporter.clear()
    return printOutcome(host, {}, settle(thrown, host.signal))
  }
}

/**
 * Whether a flag is on. Works before the arguments are parsed, so that errors in them are printed in the requested
 * form.
 */
function wants(words: readonly string[], flag: string): boolean {
  const flags = words.includes('--') ? words.slice(0, words.indexOf('--')) : words
  return flags.includes(`--${flag}`) || flags.includes(`--${flag}=true`)
}

type Printed = { readonly text: string } | { readonly outcome: Outcome }

async function printText(host: CliHost, text: string): Promise<number> {
  await writeAll(host.stdout, [text], host.signal)
  return 0
}

/**
 * Prints results to stdout. With --json, the document goes to stdout and messages go to stderr, without the tables that
 * the document contains. Returns the exit code. Lines are not wrapped unless the output is a terminal.
 */
async function printOutcome(host: CliHost, outcome: Partial<Outcome>, failure: Failure | undefined): Promise<number> {
  const { stdout, stderr, masker } = host
  const json = wants(host.words, 'json')
  const show = (text: string) => shown(text, masker.mask)
  const output = json ? stderr : stdout
  const print = (to: Output, texts: Iterable<string>) => writeAll(to, texts, host.signal)
  const layout = { width: widthOf(output), show, withoutTables: json }
  if (failure || !wants(host.words, 'quiet'))
    await print(output, withNewlines(reportLines(outcome.report ?? [], layout)))
  if (failure) await print(stderr, withNewlines(failureLines(failure, wants(host.words, 'debug')).map(show)))
  if (json) await print(stdout, jsonPieces(documentOf(outcome, failure), masker.mask))
  return failure?.exitCode ?? 0
}

function* withNewlines(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`
}

function documentOf({ document }: Partial<Outcome>, failure: Failure | undefined): unknown {
  return failure ? { ...Object(document), ...failureDocument(failure) } : (document ?? {})
}

async function answer(host: CliHost, reporter: TerminalReporter): Promise<Printed> {
  const [first, ...rest] = host.words
  if (first === undefined || first.startsWith('-') || first === 'help' || first === 'completion')
    return answerWithoutCommand(host, first, rest)
  const command = await loadCommand(host, first)
  const table: InputTable = { ...command.inputs, ...hostInputs }
  const given = readArguments(rest, table, command.positional)
  const secrets = findSecrets(table, given.read, host.environment)
  host.masker.add(secrets.texts)
  if (wants(rest, 'help') || rest.includes('-h')) return { text: helpOf(host, command, rest) }
  if (wants(rest, 'version')) return { text: `${host.version}\n` }
  const world = host.makeWorld({ reporter, signal: host.signal, hideSecrets: secrets.hideIn })
  const values = valuesOf(host, command, given, world)
  warnOfOpenSecrets(table, given, reporter)
  return { outcome: await runToEnd(command, values, world, host) }
}

async function answerWithoutCommand(
  host: CliHost,
  first: string | undefined,
  rest: readonly string[],
): Promise<Printed> {
  const width = helpWidth(host.stdout)
  if (first === 'completion') return { text: completionScript(rest[0], await loadCommands(host)) }
  if (first === 'help' && rest[0] === 'shared') return { text: sharedHelp(await loadCommands(host), width) }
  if (first === 'help' && rest[0] !== undefined)
    return { text: helpOf(host, await loadCommand(host, rest[0]), rest.slice(1)) }
  const given = readArguments(first === undefined || first === 'help' ? [] : host.words, hostInputs)
  if (given.problems.length > 0)
    throw inputFailure(given.problems, 'Run resguardo --help; the command comes first, then its flags.')
  if (wants(host.words, 'version')) return { text: `${host.version}\n` }
  if (first === 'help' || first === '-h' || wants(host.words, 'help'))
    return { text: overviewHelp(host.registry, width) }
  throw new Failure('input/unknown-command', 'no command was given', {
    hint: `Name one of ${Object.keys(host.registry).join(', ')}; resguardo --help describes them.`,
  })
}

/** Returns help for the kind among the words, or for the default kind. */
function helpOf(host: CliHost, command: Command, words: readonly string[]): string {
  const kinds = command.kinds ?? {}
  const kind = words.find((word, at) => Object.hasOwn(kinds, word) && (at === 0 || words[at - 1] === '--kind'))
  return commandHelp(command, helpWidth(host.stdout), kind)
}

function loadCommands({ registry }: CliHost): Promise<readonly Command[]> {
  return Promise.all(Object.values(registry).map(({ load }) => load()))
}

async function loadCommand(host: CliHost, name: string): Promise<Command> {
  const found = Object.hasOwn(host.registry, name) ? host.registry[name] : undefined
  if (found) return found.load()
  const meant = nearestName(name, Object.keys(host.registry))
  throw new Failure(
    'input/unknown-command',
    `there is no command ${JSON.stringify(name)}${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    {
      hint: 'Run resguardo --help for a list of commands.',
    },
  )
}

/** Returns the command's values. Throws one failure with every invalid input, unknown flag and violated rule. */
function valuesOf(host: CliHost, command: Command, given: Arguments, world: World): Parameters<Command['run']>[0] {
  return checkedValues(command, withEnvironment(given.read, host.environment), world, {
    problems: [...given.problems, ...collectInputs(hostInputs, given.read).problems],
    hint: `Run resguardo ${command.name} --help for the flags and their values.`,
  })
}

function warnOfOpenSecrets(table: InputTable, given: Arguments, reporter: Reporter): void {
  for (const name of given.names) {
    const row = table[name]
    const variable = row?.kind === 'secret' ? row.environment?.[0] : undefined
    if (row?.kind !== 'secret' || isSecretPath(row, [given.read(name, row)?.text ?? ''].flat().join('\n'))) continue
    const instead = variable === undefined ? '' : `; ${variable} in the environment is safer`
    reporter.warn(`--${name} on the command line is visible to other users of this machine${instead}`)
  }
}

// Runs an action once: masks secrets, reads inputs, runs the command, writes outputs, log and summary, and returns the
// exit code.
import type { Command, Outcome, World } from '../../commands/command.ts'
import { asFailure, type Failure } from '../../domain/failures/failure.ts'
import type { Clock, Reporter } from '../../ports/common.ts'
import type { Report } from '../../report/report.ts'
import { reportLines } from '../../report/text.ts'
import { causesOf, messageOf } from '../failure-text.ts'
import type { Guarded } from '../guard.ts'
import { type FoundSecrets, findSecrets, type Masker } from '../masking.ts'
import { checkedValues, runToEnd, settle } from '../run-command.ts'
import { shown } from '../shown.ts'
import type { EventContext } from './expressions.ts'
import { readInputs, readWith } from './inputs.ts'
import { setFailure, setOutputs } from './outputs.ts'
import { pageOf } from './page.ts'
import { type ActionReporter, actionReporter } from './reporter.ts'
import { logLine, type Runner } from './runner.ts'
import { summaryMarkdown } from './summary.ts'

/** Everything that a run of an action uses. */
export interface ActionHost extends Guarded, EventContext {
  /** The command's name, known without loading it. */
  readonly name: string
  load(): Promise<Command>
  readonly runner: Runner
  readonly clock: Clock
  readonly masker: Masker
  /** Appends to the step's summary; undefined if there is none. */
  readonly appendSummary: ((markdown: string) => Promise<void>) | undefined
  makeWorld(parts: Pick<World, 'reporter' | 'signal' | 'hideSecrets' | 'idToken'>): World
}

/**
 * Runs the command and reports its result to the runner. Returns the exit code. Throws only if no output can be set.
 */
export async function runAction(host: ActionHost): Promise<number> {
  const reporter = actionReporter(host.runner, host.clock, host.masker.mask, `Resguardo: ${host.name}`)
  const { failure: thrown, ...outcome } = await attempt(() => answer(host, reporter))
  const failure = thrown && settle(thrown, host.signal)
  reporter.close()
  const show = (text: string) => shown(text, host.masker.mask)
  const layout = { width: Number.POSITIVE_INFINITY, show }
  for (const line of reportLines(outcome.report ?? [], layout)) reporter.say(line)
  if (failure) tellFailure(host, reporter, failure)
  setFailure(host.runner, failure)
  const page = pageOf({ name: host.name, outcome, failure, phases: reporter.phases, warnings: reporter.warnings })
  await writeSummary(host, reporter, page)
  return failure?.exitCode ?? 0
}

async function attempt(work: () => Promise<Outcome>): Promise<Partial<Outcome>> {
  try {
    return await work()
  } catch (error) {
    return { failure: asFailure(error) }
  }
}

/** A summary that cannot be written is only a warning. */
async function writeSummary({ appendSummary, masker }: ActionHost, reporter: Reporter, page: Report): Promise<void> {
  try {
    await appendSummary?.(summaryMarkdown(page, masker.mask))
  } catch (error) {
    reporter.warn(`The summary of this step could not be written: ${asFailure(error).message}.`)
  }
}

async function answer(host: ActionHost, reporter: ActionReporter): Promise<Outcome> {
  const { runner, masker, signal } = host
  const command = await host.load()
  const { hideIn } = maskSecrets(host, command, reporter)
  const world = host.makeWorld({ reporter, signal, hideSecrets: hideIn, ...idTokenOf(host) })
  const values = checkedValues(command, readInputs(host), world, {
    hint: "Correct the inputs named above in the step's `with:`, and run again.",
  })
  const outcome = await runToEnd(command, values, world, host)
  for (const name of setOutputs(runner, command, outcome.outputs, masker.mask))
    reporter.warn(
      `The output ${name} contains a text that is masked as a secret, so GitHub does not pass it to other jobs.`,
    )
  return outcome
}

/** Runs before anything is written, because the runner masks only later output. */
function maskSecrets(
  { environment, runner, masker }: ActionHost,
  { inputs }: Command,
  reporter: ActionReporter,
): FoundSecrets {
  const found = findSecrets(inputs, readWith(environment), environment)
  for (const text of found.texts) runner.setSecret(text)
  masker.add(found.texts)
  for (const from of found.open)
    reporter.warn(
      `The secret in ${from} is short, common or also used as a name, so it is not masked everywhere. Choose another one.`,
    )
  return found
}

function idTokenOf({ environment, runner }: ActionHost): { idToken?: (audience: string) => Promise<string> } {
  if (!environment.ACTIONS_ID_TOKEN_REQUEST_URL) return {}
  return { idToken: (audience) => runner.getIDToken(audience) }
}

function tellFailure({ name, runner, masker }: ActionHost, reporter: ActionReporter, failure: Failure): void {
  const lines = [messageOf(failure), ...failure.details.map((detail) => `  ${detail}`)]
  runner.error(lines.map((line) => shown(line, masker.mask)).join('\n'), { title: `Resguardo: ${name} failed` })
  if (failure.hint !== undefined) reporter.say(`hint: ${failure.hint}`)
  reporter.say(`code: ${failure.code}`)
  for (const stack of causesOf(failure)) for (const line of stack.split('\n')) runner.debug(logLine(line, masker.mask))
}

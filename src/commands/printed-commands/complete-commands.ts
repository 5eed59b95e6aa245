// Completes commands in reports and hints with stores, names, keys and tenant rules, so that they run as printed.

import { asFailure, type Failure } from '../../domain/failures/failure.ts'
import { type CommandLine, commandLine, type Flags } from '../../domain/text/command-line.ts'
import type { Part, Report } from '../../report/report.ts'
import { type Kinds, type StoreValues, storeAddresses } from '../stores/store-addresses.ts'
import { keyFlags, kindFlags, type RepeatedValues, storeFlags, tenantFlags } from './repeated-flags.ts'

type GivenValues = RepeatedValues &
  Partial<Pick<StoreValues, 'store'>> & { readonly name?: string; readonly from?: string }

const signing = new Set(['backup', 'test-restore', 'restore', 'pin', 'sign', 'nightly'])
const onStores = new Set([...signing, 'checksum', 'list', 'prune', 'upload'])
const quoted = /`resguardo ([a-z-]+)\b([^`]*)`/g

/** Completes the commands of a report. */
export function completeReport(report: Report, values: object, world: Kinds): Report {
  return report.map((part): Part => {
    if (part.kind === 'details') return { ...part, parts: completeReport(part.parts, values, world) }
    if (part.kind !== 'commands') return part
    return { ...part, commands: part.commands.map((command) => completeCommand(command, values, world)) }
  })
}

/** Adds flags of this run that the command accepts and does not have. Does not replace its stores. */
export function completeCommand({ words, flags = {} }: CommandLine, values: object, world: Kinds): CommandLine {
  const [command = ''] = words
  const isOfTenants = command === 'tenants' || words.includes('tenant') || flags.tenant !== undefined
  const given = { ...(values as GivenValues), ...(flags.store && { store: [flags.store].flat() as string[] }) }
  if (flags.undo) return { words, flags }
  const rest = [...words, ...Object.values(flags).flat()].map(String)
  const missing = missingFlags(command, rest, { given, isOfTenants }, world)
  const isComplete = Object.entries(missing).every(([flag, value]) => value === undefined || Object.hasOwn(flags, flag))
  return { words, flags: isComplete ? flags : { ...missing, ...flags } }
}

/** Adds missing flags of this run to each command between backticks, as lower layers write commands in hints. */
export function completeCommands(text: string, values: object, world: Kinds): string {
  return text.replace(quoted, (_, command: string, rest: string) => {
    const isOfTenants = command === 'tenants' || /^ tenant\b| --tenant /.test(rest)
    const missing = missingFlags(command, rest.split(' '), { given: values as GivenValues, isOfTenants }, world)
    const added = Object.entries(missing).filter(([flag]) => !new RegExp(` --${flag}( |$)`).test(rest))
    return `\`resguardo ${command}${rest}${commandLine([], Object.fromEntries(added)).slice('resguardo'.length)}\``
  })
}

interface Run {
  readonly given: GivenValues
  readonly isOfTenants: boolean
}

function missingFlags(command: string, rest: readonly string[], { given, isOfTenants }: Run, world: Kinds): Flags {
  const tenants = isOfTenants ? tenantFlags(given) : {}
  if (!onStores.has(command)) return command === 'tenants' ? tenants : {}
  // `upload` has --from instead of --store.
  const store = given.store ?? (given.from === undefined ? undefined : [given.from])
  if (store === undefined) return tenants
  const stores =
    command === 'upload'
      ? kindFlags(given, rest, world)
      : storeFlags(given, storeAddresses({ ...given, store }, world), world)
  return { name: given.name, ...stores, ...tenants, ...keyFlags(given, signing.has(command)) }
}

/** Returns the failure with complete commands in its hint. */
export function withCompleteHint(thrown: unknown, values: object, world: Kinds): Failure {
  const failure = asFailure(thrown)
  if (failure.hint === undefined) return failure
  const hint = completeCommands(failure.hint, values, world)
  return hint === failure.hint ? failure : failure.restate(failure.message, hint)
}

// Completes commands in hints and output lines with stores, names, keys and tenant rules, so that they run as printed.
import { commandLine, type Flags } from '../domain/command-line.ts'
import { asFailure, type Failure } from '../domain/failure.ts'
import { keyFlags, kindFlags, type RepeatedValues, storeFlags, tenantFlags } from './repeated-flags.ts'
import { type Kinds, type StoreValues, storeAddresses } from './store-addresses.ts'

type GivenValues = RepeatedValues &
  Partial<Pick<StoreValues, 'store'>> & { readonly name?: string; readonly from?: string }

const signing = new Set(['backup', 'test-restore', 'restore', 'pin', 'sign', 'nightly'])
const named = /`resguardo (backup|checksum|list|nightly|pin|prune|restore|sign|tenants|test-restore|upload)\b([^`]*)`/g

/**
 * Adds missing flags of this run to each command between backticks, if the command accepts them. Lower layers print
 * commands without these flags.
 */
export function completeCommands(text: string, values: object, world: Kinds): string {
  return text.replace(named, (_, command: string, rest: string) => {
    const missing = Object.entries(flagsFor(command, rest, values as GivenValues, world))
    const added = missing.filter(([flag]) => !new RegExp(` --${flag}( |$)`).test(rest))
    return `\`resguardo ${command}${rest}${commandLine([], Object.fromEntries(added)).slice('resguardo'.length)}\``
  })
}

function flagsFor(command: string, rest: string, values: GivenValues, world: Kinds): Flags {
  const tenants = /^ tenant\b| --tenant /.test(rest) || command === 'tenants' ? tenantFlags(values) : {}
  // `upload` has --from instead of --store.
  const given = values.store ?? (values.from === undefined ? undefined : [values.from])
  if (command === 'tenants' || given === undefined) return tenants
  const addresses = storeAddresses({ ...values, store: given }, world)
  const stores = command === 'upload' ? kindFlags(values, rest.split(' '), world) : storeFlags(values, addresses, world)
  return { name: values.name, ...stores, ...tenants, ...keyFlags(values, signing.has(command)) }
}

/** Returns the failure with complete commands in its hint. */
export function withCompleteHint(thrown: unknown, values: object, world: Kinds): Failure {
  const failure = asFailure(thrown)
  if (failure.hint === undefined) return failure
  const hint = completeCommands(failure.hint, values, world)
  return hint === failure.hint ? failure : failure.restate(failure.message, hint)
}

// Completes the commands that hints and lines name, so that they run as printed: with stores, names, keys and tenant rules.
import { commandLine, type Flags } from '../domain/command-line.ts'
import { asFailure, type Failure } from '../domain/failure.ts'
import { keyFlags, kindFlags, type RepeatedValues, storeFlags, tenantFlags } from './repeated-flags.ts'
import { type Kinds, type StoreValues, storeAddresses } from './store-addresses.ts'

type GivenValues = RepeatedValues & Partial<Pick<StoreValues, 'store'>> & { readonly name?: string; readonly from?: string }

const signing = new Set(['backup', 'test-restore', 'restore', 'pin', 'sign', 'nightly'])
const named = /`resguardo (backup|checksum|list|nightly|pin|prune|restore|sign|tenants|test-restore|upload)\b([^`]*)`/g

/**
 * Adds to each command between backticks the flags of this run that it takes too and that it does not have yet. Deep layers name a
 * command without them.
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
  // `upload` names the store that it reads from, where others name their stores.
  const given = values.store ?? (values.from === undefined ? undefined : [values.from])
  if (command === 'tenants' || given === undefined) return tenants
  const addresses = storeAddresses({ ...values, store: given }, world)
  const stores = command === 'upload' ? kindFlags(values, rest.split(' '), world) : storeFlags(values, addresses, world)
  return { name: values.name, ...stores, ...tenants, ...keyFlags(values, signing.has(command)) }
}

/** The failure with the commands of its hint complete. */
export function withCompleteHint(thrown: unknown, values: object, world: Kinds): Failure {
  const failure = asFailure(thrown)
  if (failure.hint === undefined) return failure
  const hint = completeCommands(failure.hint, values, world)
  return hint === failure.hint ? failure : failure.restate(failure.message, hint)
}

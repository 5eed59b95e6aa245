// Updates a gate decision after copies of the accepted backup were removed, for example by a concurrent prune.
import type { Candidate, Decision, Fault, GatePolicy } from '../../domain/gate/gate.ts'
import { siteFault } from '../../domain/gate/gate-faults.ts'
import type { Found } from '../catalogue/find-backup.ts'
import { allowedReason } from './gate-reasons.ts'

/** Returns the decision without the copies that are gone; refused if the remaining copies do not meet the policy. */
export function withoutRemoved(decision: Decision, gone: readonly Found[], policy: GatePolicy): Decision {
  const { accepted, ...rest } = decision
  if (!accepted || gone.length === 0) return decision
  const addresses = gone.map(({ store }) => store.address)
  const stores = accepted.stores.filter((address) => !addresses.includes(address))
  const removed = `removed from ${addresses.join(' and ')} during the check`
  const faults = faultsOf(stores, removed, policy)
  const { name, id, ageSeconds } = accepted
  const left: Candidate = { name, id, ageSeconds, stores, faults }
  const candidates = decision.candidates.map((each) => (each.id === id && each.name === name ? left : each))
  if (faults.length === 0) {
    const backup = { ...accepted, stores }
    const warnings = [...decision.warnings, `${id} was ${removed}: that copy does not count.`]
    return { ...rest, accepted: backup, candidates, reason: allowedReason(backup, policy), warnings }
  }
  const more = stores.length === 0 ? '' : `; ${faults.map(({ sentence }) => sentence).join('; ')}`
  const reason = `${id} was good, but it was ${removed}${more}`
  return { ...rest, verdict: 'refused', refusedFor: 'backup', reason, candidates, best: left }
}

function faultsOf(stores: readonly string[], removed: string, policy: GatePolicy): Fault[] {
  if (stores.length === 0) return [{ kind: 'incomplete', sentence: `it was ${removed}` }]
  const onSite = siteFault(stores, policy)
  return onSite === undefined ? [] : [{ kind: 'on-site', sentence: onSite }]
}

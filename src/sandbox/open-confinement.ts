// A stranger's command, held: in a copy of the checkout, as nobody, without what is ours, and without the network where data is.
import { homedir } from 'node:os'
import { asFailure, Failure } from '../domain/failure.ts'
import { harmlessEnvironment } from '../streams/child.ts'
import type { Confinement, ConfinementRequest } from './confinement.ts'
import { type Hold, runHeld } from './held.ts'
import { type Method, possibleMethods } from './methods.ts'
import { runUnheld } from './unheld.ts'
import { visibleFolders } from './visible.ts'
import { makeWorkplace, type Workplace } from './workplace.ts'

/**
 * Copies the checkout and finds a way to hold commands, by trying. Throws Failure('tool') saying what every way lacks; a command is
 * never run unheld unless `confinement` is `none`.
 */
export async function openConfinement(request: ConfinementRequest, means = possibleMethods): Promise<Confinement> {
  const place = await makeWorkplace(request)
  try {
    return request.confinement === 'none' ? unheld(place) : held(await holdThatWorks(request, place, await means()))
  } catch (error) {
    await place.remove()
    throw error
  }
}

function unheld(place: Workplace): Confinement {
  return {
    display: 'none: as this user, with the network',
    run: (request) => runUnheld(place.inside, request),
    close: () => place.remove(),
  }
}

function held(hold: Hold): Confinement {
  return {
    display: `${hold.means.display}, processes and folders of its own, no network but scratch`,
    run: (request) => runHeld(hold, request),
    close: () => hold.place.remove(),
  }
}

const secondsToTry = 30

async function holdThatWorks(request: ConfinementRequest, place: Workplace, ways: readonly Method[]): Promise<Hold> {
  const hidden = [request.checkout, place.folder, request.temporary, homedir()]
  const visible = await visibleFolders(harmlessEnvironment().PATH ?? '', hidden)
  const reasons: string[] = []
  for (const means of ways) {
    const hold: Hold = { means, place, visible }
    const reason = await tryOut(hold, request.signal)
    if (reason === undefined) return hold
    reasons.push(`${means.display}: ${reason}`)
  }
  throw new Failure('sandbox/unavailable', `this machine cannot confine an untrusted command (${reasons.join('; ')})`, {
    hint: "It takes Linux with unshare, setpriv, ip and either root, passwordless sudo (as on GitHub's own runners) or user namespaces; a container must allow them. Where every branch is trusted: --rehearsal-confinement none.",
  })
}

/** Why this way does not work here; undefined if it does. */
async function tryOut(hold: Hold, signal: AbortSignal): Promise<string | undefined> {
  const request = { command: 'true', timeoutSeconds: secondsToTry, signal, onLine: () => {} }
  try {
    const { exitCode } = await runHeld({ ...hold, trial: true }, request)
    return exitCode === 0 ? undefined : `a command that does nothing ended with ${exitCode ?? 'no exit code'}`
  } catch (error) {
    signal.throwIfAborted()
    return asFailure(error).message
  }
}

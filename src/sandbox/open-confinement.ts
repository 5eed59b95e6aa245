// Opens the sandbox for rehearsed commands: a copy of the checkout, another user, no secrets, and no network if the
// command can reach data.
import { homedir } from 'node:os'
import { asFailure, Failure } from '../domain/failures/failure.ts'
import type { Confinement, ConfinementRequest } from '../ports/confinement.ts'
import { harmlessEnvironment } from '../streams/processes/child.ts'
import { type Method, possibleMethods } from './methods.ts'
import { runSandboxed, type SandboxedRun } from './sandboxed.ts'
import { runUnsandboxed } from './unsandboxed.ts'
import { visibleFolders } from './visible.ts'
import { makeWorkspace, type Workspace } from './workspace.ts'

/**
 * Copies the checkout, and tries methods until one works. Throws `sandbox/unavailable` with the reason for each method.
 * A command never runs without a sandbox unless `confinement` is `none`.
 */
export async function openConfinement(
  request: ConfinementRequest,
  findMethods = possibleMethods,
): Promise<Confinement> {
  const place = await makeWorkspace(request)
  try {
    return request.confinement === 'none'
      ? unsandboxed(place)
      : sandboxed(await firstWorkingMethod(request, place, await findMethods()))
  } catch (error) {
    await place.remove()
    throw error
  }
}

function unsandboxed(place: Workspace): Confinement {
  return {
    display: 'none (this user, with the network)',
    run: (request) => runUnsandboxed(place.inside, request),
    close: () => place.remove(),
  }
}

function sandboxed(hold: SandboxedRun): Confinement {
  return {
    display: `${hold.method.display}, separate processes and files, no network except the scratch server`,
    run: (request) => runSandboxed(hold, request),
    close: () => hold.place.remove(),
  }
}

const secondsToTry = 30

async function firstWorkingMethod(
  request: ConfinementRequest,
  place: Workspace,
  methods: readonly Method[],
): Promise<SandboxedRun> {
  const hidden = [request.checkout, place.folder, request.temporary, homedir()]
  const visible = await visibleFolders(harmlessEnvironment().PATH ?? '', hidden)
  const reasons: string[] = []
  for (const method of methods) {
    const hold: SandboxedRun = { method, place, visible }
    const reason = await tryOut(hold, request.signal)
    if (reason === undefined) return hold
    reasons.push(`${method.display}: ${reason}`)
  }
  throw new Failure(
    'sandbox/unavailable',
    `no sandbox is available for untrusted commands on this machine (${reasons.join('; ')})`,
    {
      hint: 'Use Linux with unshare, setpriv and ip, and root, passwordless sudo (as on GitHub-hosted runners) or user namespaces; a container must permit them. If you trust every branch, use --rehearsal-confinement none. See docs/rehearsal.md.',
    },
  )
}

/** Why this method does not work on this machine; undefined if it works. */
async function tryOut(hold: SandboxedRun, signal: AbortSignal): Promise<string | undefined> {
  const request = { command: 'true', timeoutSeconds: secondsToTry, signal, onLine: () => {} }
  try {
    const { exitCode } = await runSandboxed({ ...hold, trial: true }, request)
    return exitCode === 0 ? undefined : `the test command ended with ${exitCode ?? 'no exit code'}`
  } catch (error) {
    signal.throwIfAborted()
    return asFailure(error).message
  }
}

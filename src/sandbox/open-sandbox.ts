// Opens a sandbox by the strongest method that works on this machine, according to the policy.
import { asFailure, Failure } from '../domain/failures/failure.ts'
import { openIsolated } from './isolated.ts'
import { type Method, possibleMethods } from './methods.ts'
import type { Sandbox, SandboxRequest } from './sandbox.ts'
import { openUnisolated } from './unisolated.ts'

export interface SandboxMethods {
  readonly methods: () => Promise<readonly Method[]>
  readonly isolated: typeof openIsolated
  readonly unisolated: typeof openUnisolated
}

const real: SandboxMethods = { methods: possibleMethods, isolated: openIsolated, unisolated: openUnisolated }

/**
 * Tries the methods in order. If none works, policy `auto` runs programs without isolation and reports that in
 * `isolation` and `reasons`; `required` throws `sandbox/unavailable`. If it throws, it leaves nothing behind.
 */
export async function openSandbox(request: SandboxRequest, parts: SandboxMethods = real): Promise<Sandbox> {
  const { policy, signal } = request
  if (policy === 'none') return { ...(await parts.unisolated(request)), reasons: [] }
  const reasons: string[] = []
  for (const method of await parts.methods()) {
    try {
      return { ...(await parts.isolated(request, method)), reasons: [] }
    } catch (error) {
      signal.throwIfAborted()
      if (asFailure(error).code === 'disk/not-writable') throw error
      reasons.push(`${method.display}: ${asFailure(error).message}`)
    }
  }
  if (policy === 'required') throw unavailable(reasons)
  return { ...(await parts.unisolated(request)), reasons }
}

function unavailable(reasons: readonly string[]): Failure {
  return new Failure(
    'sandbox/unavailable',
    `no sandbox is available for scratch servers on this machine (${reasons.join('; ')})`,
    {
      hint: 'Use Linux with util-linux and root, passwordless sudo or user namespaces, or name a throwaway server with --scratch-url. See docs/isolation.md.',
    },
  )
}

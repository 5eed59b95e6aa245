// Runs a rehearsed command without a sandbox: as this user, with the network, in the copy of the checkout and with few
// variables.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { ConfinedExit, ConfinedRequest } from '../ports/confinement.ts'
import { harmlessEnvironment, startChild } from '../streams/processes/child.ts'
import { openBridge } from './bridge.ts'
import { commonEnvironment } from './environment.ts'
import { watch } from './watch.ts'

/**
 * Kills its process group when the command has ended, and when standard input ends. `$1` the command, `$2` the token.
 */
const keeper = `
exec 3<&0
printf '\\n%s begun\\n' "$2"
/bin/sh -c "$1" </dev/null 2>&1 3<&- & job=$!
(read -r word <&3; kill -KILL 0) >/dev/null 2>&1 &
wait "$job"
printf '\\n%s ended %s\\n' "$2" "$?"
kill -KILL 0
`

/** Runs the command until it ends or its time is up. */
export async function runUnsandboxed(inside: string, request: ConfinedRequest): Promise<ConfinedExit> {
  const bridge = request.dial && (await openBridge(undefined, request.dial))
  const token = randomBytes(16).toString('hex')
  const own = { HOME: join(inside, 'home'), TMPDIR: join(inside, 'tmp'), PATH: harmlessEnvironment().PATH }
  try {
    const child = startChild({
      command: '/bin/sh',
      arguments: ['-c', keeper, 'sh', request.command, token],
      environment: {
        ...commonEnvironment(),
        ...own,
        ...request.environment?.({ host: '127.0.0.1', port: bridge?.port ?? 0 }),
      },
      stdin: 'pipe',
      directory: join(inside, 'checkout'),
    })
    return await watch(child, token, request)
  } finally {
    await bridge?.close()
  }
}

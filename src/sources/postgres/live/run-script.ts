// A script run by psql in one transaction that commits only when every part of it came whole.
import { Failure } from '../../../domain/failure.ts'
import { startChild } from '../../../streams/child.ts'
import { type Address, toolEnvironment } from '../address.ts'
import { explainLoad } from '../load/explain-load.ts'
import { feed } from '../load/feed.ts'
import type { ClientTools } from '../tools.ts'
import { inSession } from './session.ts'

export interface ScriptRun {
  readonly address: Address
  readonly tools: ClientTools
  /** Statements before the script, in the same transaction. */
  readonly opening: readonly string[]
  /** Ends only when all of it is there and right; errors otherwise, and then nothing was committed. */
  readonly script: AsyncIterable<Uint8Array>
  readonly signal: AbortSignal
}

/**
 * psql takes the end of its input for a good end, so COMMIT is sent only after the script has ended well; without it the server
 * rolls back. Throws Failure, and then nothing has changed.
 */
export async function runScript({ address, tools, opening, script, signal }: ScriptRun): Promise<void> {
  const psql = startChild({
    command: `${tools.folder}/psql`,
    arguments: ['--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--set=ON_ERROR_STOP=1', '--file=-'],
    environment: toolEnvironment(address),
    stdin: 'pipe',
    stdout: 'pipe',
    signal,
    explain: explainLoad('psql', address.display, tools.major),
  })
  const xid = firstLine(psql.stdout)
  const head = ['BEGIN', 'SELECT pg_current_xact_id()', ...opening].map((statement) => `${statement};\n`).join('')
  try {
    await feed(psql, script, { head, tail: 'COMMIT;\n' })
  } catch (error) {
    await psql.stop()
    if (await committed(address, await xid)) return
    throw error
  }
}

/** The first line of output; the rest is read and thrown away, so that psql never waits. */
async function firstLine(stdout: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  try {
    for await (const chunk of stdout) if (!text.includes('\n')) text += Buffer.from(chunk).toString('latin1')
  } catch {
    // it was stopped
  }
  return text.split('\n')[0] ?? ''
}

/** If psql was lost while it committed, only the server knows how it ended. */
async function committed(address: Address, xid: string): Promise<boolean> {
  if (!/^\d+$/.test(xid)) return false
  for (;;) {
    const status = await inSession(address, undefined, async (client) => {
      const { rows } = await client.query<{ status: string | null }>(
        'SELECT pg_xact_status($1::xid8) AS status FROM (SELECT pg_sleep(0.1)) AS pause',
        [xid],
      )
      return rows[0]?.status
    }).catch((error: unknown) => {
      throw new Failure('unreachable', `whether the restore was committed is not known: ${(error as Error).message}`, {
        hint: `Once the server answers again: SELECT pg_xact_status('${xid}'). "aborted" means that nothing has changed.`,
        cause: error,
      })
    })
    if (status !== 'in progress') return status === 'committed'
  }
}

// Loads a plain SQL dump with psql, in one transaction that is committed only if every byte was verified.
import { join } from 'node:path'
import pg from 'pg'
import type { PayloadSource } from '../../../ports/platform.ts'
import { toolEnvironment } from '../connection/address.ts'
import { DeferredDump } from './deferred-dump.ts'
import { explainLoad } from './explain-load.ts'
import { feed } from './feed.ts'
import { inOnePass, plainHint } from './one-pass.ts'
import type { LoadedPart, LoadRequest } from './request.ts'
import { prepareChoice, startLoading } from './restore-tool.ts'
import { restrict, withoutOwnRestriction } from './restricted-script.ts'

/**
 * Ends the transaction. SHOW turns a statement that the script did not end into a syntax error. An empty statement
 * cannot do this: after the rows of a COPY, psql since 15.19 treats it as a failed COPY and skips the rest of its
 * input.
 */
const end = '\nSHOW transaction_isolation;\nCOMMIT;\n'

/**
 * Runs the script in psql's restricted mode: SQL and rows only. Sends BEGIN and COMMIT itself, because psql's
 * `--single-transaction` commits even if its input ends early.
 */
export async function loadScript(request: LoadRequest, source: PayloadSource): Promise<LoadedPart> {
  const { address, role, tools } = request
  const restricted = restrict(tools)
  const { notes } = await prepareChoice(request, undefined)
  const stream = await source.open()
  const quiet = new DeferredDump()
  const child = startLoading(request, {
    command: join(tools.folder, 'psql'),
    arguments: ['--no-psqlrc', '--quiet', '--no-password', '--set=ON_ERROR_STOP=1', '--file=-'],
    environment: { ...toolEnvironment(address, 'loading'), LC_ALL: 'C', PGCLIENTENCODING: 'UTF8' },
    stdin: 'pipe',
    stdout: 'ignore',
    explain: explainLoad('psql', address.display, tools.major),
  })
  let bytes = 0
  stream.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length
    request.onProgress?.(bytes)
  })
  stream.pause()
  try {
    const become = role === undefined ? '' : `SET ROLE ${pg.escapeIdentifier(role)};\n`
    const script = quiet.run(withoutOwnRestriction(stream))
    await feed(child, script, { head: `${restricted}BEGIN;\n${become}`, tail: end })
  } catch (error) {
    throw inOnePass(error, plainHint)
  } finally {
    stream.destroy()
  }
  return {
    notes: [
      ...notes,
      ...(await quiet.notes(address)),
      ...(request.noOwner ? ['Owners and grants of a plain SQL backup were restored as they are in its script.'] : []),
    ],
  }
}

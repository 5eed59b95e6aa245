// Prepares scripts for psql's restricted mode, which refuses commands such as \!, \copy, \o and \connect.
import { randomBytes } from 'node:crypto'
import { Failure } from '../../../domain/failures/failure.ts'
import type { ClientTools } from '../tools.ts'
import { allButEnd } from './all-but-end.ts'
import { withoutBackticks } from './without-backticks.ts'

/** The first minor version of each major whose psql has the mode (August 2025, CVE-2025-8714); later majors have it. */
const firstMinors: Readonly<Record<number, number>> = { 13: 22, 14: 19, 15: 14, 16: 10, 17: 6 }
const firstMajor = 18

/** A full sentence that names the version to install, or undefined if this psql has the restricted mode. */
export function missingRestriction({ major, version }: Pick<ClientTools, 'major' | 'version'>): string | undefined {
  const needed = firstMinors[major]
  const minor = Number(version.split('.')[1] ?? 0)
  if (major >= firstMajor || (needed !== undefined && minor >= needed)) return undefined
  const versions = Object.entries(firstMinors).map((parts) => parts.join('.'))
  const others = `${versions.slice(0, -1).join(', ')} or ${versions.at(-1)}`
  return needed === undefined
    ? `Install a PostgreSQL client of ${others} or newer.`
    : `Install version ${major}.${needed} or newer of it.`
}

/**
 * The command that psql must read before a script. The script cannot know the key that ends the mode. Throws
 * `restore/psql-too-old`.
 */
export function restrict(tools: ClientTools): string {
  const hint = missingRestriction(tools)
  if (hint === undefined) return `\\restrict ${randomBytes(32).toString('hex')}\n`
  throw new Failure(
    'restore/psql-too-old',
    `psql ${tools.version} has no restricted mode, so a script could run commands on this machine`,
    {
      hint,
    },
  )
}

/** Bytes at either end that are searched for the script's own `\restrict` and `\unrestrict`. */
const searched = 4096

/**
 * A script of pg_dump, pg_dumpall or pg_restore without the `\restrict` and `\unrestrict` that enclose it, which would
 * fail within Resguardo's own, and with a header that servers before PostgreSQL 17 accept. They are removed only after
 * comments at the start and before comments at the end: elsewhere the same text may be data, and psql rejects it if it
 * is a command. Throws what `withoutBackticks` throws.
 */
export async function* withoutOwnRestriction(script: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let key: string | undefined
  const end = yield* allButEnd(
    withoutHead(withoutBackticks(script), (found) => {
      key = found
    }),
    searched,
  )
  yield key === undefined ? end : withoutEnd(end, key)
}

/**
 * The script without the line that starts the mode; calls `onKey` with its key before the first bytes if there is one.
 */
async function* withoutHead(
  script: AsyncIterable<Uint8Array>,
  onKey: (key: string) => void,
): AsyncGenerator<Uint8Array> {
  let beginning: Buffer | undefined = Buffer.alloc(0)
  for await (const chunk of script) {
    if (beginning === undefined) yield chunk
    else {
      beginning = Buffer.concat([beginning, chunk])
      if (beginning.length < searched) continue
      yield* cutHead(beginning, onKey)
      beginning = undefined
    }
  }
  if (beginning) yield* cutHead(beginning, onKey)
}

function cutHead(beginning: Buffer, onKey: (key: string) => void): Buffer[] {
  const [all = '', comments = '', key] =
    /^((?:--[^\n]*\n|\n)*)\\restrict ([A-Za-z0-9]+)\n/.exec(beginning.toString('latin1', 0, searched)) ?? []
  if (key === undefined) return [forAnyServer(beginning)]
  onKey(key)
  return [Buffer.from(comments, 'latin1'), forAnyServer(beginning.subarray(all.length))]
}

const settings = /^((?:--[^\n]*\n|\n|BEGIN;\n|SET [a-z_]+ = [^\n;]*;\n)*)SET transaction_timeout = 0;\n/
const forServersThatHaveIt =
  "SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings WHERE name OPERATOR(pg_catalog.=) 'transaction_timeout';\n"

/** Clients since 17 begin each script with a setting that older servers do not have. */
function forAnyServer(script: Buffer): Buffer {
  const [all, before = ''] = settings.exec(script.toString('latin1', 0, searched)) ?? []
  if (all === undefined) return script
  return Buffer.concat([Buffer.from(before + forServersThatHaveIt, 'latin1'), script.subarray(all.length)])
}

function withoutEnd(end: Buffer, key: string): Buffer {
  const line = new RegExp(`(^|\\n)\\\\unrestrict ${key}\\n((?:--[^\\n]*\\n|\\n)*)$`)
  return Buffer.from(end.toString('latin1').replace(line, '$1$2'), 'latin1')
}

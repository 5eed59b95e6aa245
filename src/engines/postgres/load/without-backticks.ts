// Rejects shell commands after `\unrestrict`, the one command that psql's restricted mode allows: before psql checks
// its key, it runs what is in backticks after it.
import { Failure } from '../../../domain/failures/failure.ts'

const command = Buffer.from('\\unrestrict')
const [newline, backtick, backslash] = [0x0a, 0x60, 0x5c]
/** Bytes before a chunk that are searched again, for a command that is split between two chunks. */
const lookedBack = 64

/**
 * Yields the script unchanged. Throws `restore/psql-command` before it yields a line with `\unrestrict` and a backtick
 * after it, and for a NUL byte, at which psql joins lines and which no dump contains. After a backslash, as in rows
 * (`\\unrestrict`), the command is data.
 */
export async function* withoutBackticks(script: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let before = Buffer.alloc(0)
  let isOpen = false
  for await (const chunk of script) {
    const text = Buffer.concat([before, chunk])
    if (text.includes(0)) throw refused('a NUL byte')
    if (isOpen) isOpen = lineGoesOn(text, before.length)
    for (let at = text.indexOf(command, Math.max(0, before.length - command.length + 1)); at !== -1; ) {
      if (isCommand(text, at)) isOpen = lineGoesOn(text, at)
      at = text.indexOf(command, at + 1)
    }
    yield chunk
    before = text.subarray(-lookedBack)
  }
}

/** Whether the line continues beyond the text. Throws if it contains a backtick. */
function lineGoesOn(text: Buffer, from: number): boolean {
  const end = text.indexOf(newline, from)
  if (text.subarray(from, end === -1 ? text.length : end).includes(backtick)) throw refused('a shell command')
  return end === -1
}

/**
 * Whether an even number of backslashes precedes it. If all bytes that are searched again are backslashes, they count
 * as even.
 */
function isCommand(text: Buffer, at: number): boolean {
  let first = at
  while (first > 0 && text[first - 1] === backslash) first -= 1
  return (at - first) % 2 === 0 || (first === 0 && at > command.length)
}

function refused(what: string): Failure {
  return new Failure(
    'restore/psql-command',
    `the script of the backup contains ${what} for psql, which pg_dump never writes`,
    {
      hint: 'This backup was changed after it was made, or the database contains such a text. Do not run the script by hand. Use a backup in custom format with --strategy swap, or another backup.',
    },
  )
}

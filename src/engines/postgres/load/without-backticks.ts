// The one command that psql's restricted mode allows, `\unrestrict`, runs what stands in backticks behind it before it
// looks at the key.
import { Failure } from '../../../domain/failures/failure.ts'

const command = Buffer.from('\\unrestrict')
const [newline, backtick, backslash] = [0x0a, 0x60, 0x5c]
/** Bytes before a chunk that are looked at again, for a command that two chunks share. */
const lookedBack = 64

/**
 * The same script. Throws `restore/psql-command` before it passes on a line with `\unrestrict` and a backtick behind
 * it, and for a NUL byte, at which psql joins lines and which no dump holds. Where a backslash stands in front, as in
 * rows (`\\unrestrict`), it is data.
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

/** Whether the line from here on ends behind the text. Throws if a backtick stands in it. */
function lineGoesOn(text: Buffer, from: number): boolean {
  const end = text.indexOf(newline, from)
  if (text.subarray(from, end === -1 ? text.length : end).includes(backtick)) throw refused('a shell command')
  return end === -1
}

/** An even number of backslashes in front; as many as are looked back at count as even. */
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
      hint: 'Somebody changed this backup, or stored such a text in the database. Do not run the script by hand. Use a backup in custom format with --strategy swap, or another backup.',
    },
  )
}

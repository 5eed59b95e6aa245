// A shell session: variables and the working directory persist from line to line.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Finished, runAsPrinted } from './command-line.ts'

/** Runs a line in the session to its end. */
export type ShellSession = (line: string) => Promise<Finished>

/** Opens a session in a folder, with variables in addition to those of `runAsPrinted`. */
export async function openShellSession(environment: Record<string, string>, folder: string): Promise<ShellSession> {
  const state = join(folder, 'state')
  await writeFile(state, `cd '${folder}'\n`)
  return (line) => {
    const save = `{ export -p; echo "cd '$PWD'"; } > "$STATE"`
    return runAsPrinted(
      `set -a\n. "$STATE"\n${line}\ncode=$?\n${save}\nexit $code`,
      { ...environment, STATE: state },
      folder,
    )
  }
}

// The command that undoes a swap.
import { commandLine } from '../domain/command-line.ts'

/** Exchanges both databases again. */
export function undoCommand(database: string): string {
  return commandLine(['restore'], { undo: true, confirm: database })
}

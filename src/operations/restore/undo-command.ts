// The command that undoes a swap.
import type { CommandLine } from '../../domain/text/command-line.ts'

/** Returns the command that exchanges the names of both databases again. */
export function undoCommand(database: string): CommandLine {
  return { words: ['restore'], flags: { undo: true, confirm: database } }
}

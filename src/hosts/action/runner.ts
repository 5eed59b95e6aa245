// What an action says to the runner that started it, as little of @actions/core as it needs; tests record it.
import type * as core from '@actions/core'
import { shown } from '../shown.ts'

/** Masks, groups, annotations and outputs: commands on standard output and in files. */
export type Runner = Pick<
  typeof core,
  'setSecret' | 'startGroup' | 'endGroup' | 'info' | 'debug' | 'warning' | 'error' | 'setOutput' | 'getIDToken'
>

/**
 * A text as one masked line that may stand in a log: the runner obeys a line that begins with `::` or holds `##[`, also
 * one that a user's command or a database wrote, and overlooks what cannot be seen. Source: ActionCommand.cs of
 * actions/runner.
 */
export function logLine(text: string, mask: (text: string) => string): string {
  return shown(text, mask)
    .replaceAll(/\p{Cf}/gu, '')
    .replace(/^([^\p{L}\p{N}]*?:)(?=:)/u, '$1 ')
    .replaceAll(/#(?=#\[)/g, '# ')
}

// The functions of @actions/core that an action uses; tests record the calls.
import type * as core from '@actions/core'
import { shown } from '../shown.ts'

/** Masks, groups, annotations and outputs: commands on standard output and in files. */
export type Runner = Pick<
  typeof core,
  'setSecret' | 'startGroup' | 'endGroup' | 'info' | 'debug' | 'warning' | 'error' | 'setOutput' | 'getIDToken'
>

/**
 * Returns a text as one masked line for a log. The runner executes a line that begins with `::` or contains `##[`, even
 * if a user's command or a database wrote it, and ignores invisible characters. Source: ActionCommand.cs of
 * actions/runner.
 */
export function logLine(text: string, mask: (text: string) => string): string {
  return shown(text, mask)
    .replaceAll(/\p{Cf}/gu, '')
    .replace(/^([^\p{L}\p{N}]*?:)(?=:)/u, '$1 ')
    .replaceAll(/#(?=#\[)/g, '# ')
}

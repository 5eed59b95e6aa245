// What an action says to the runner that started it, as little of @actions/core as it needs; tests record it.
import type * as core from '@actions/core'

/** Masks, groups, annotations and outputs: commands on standard output and in files. */
export type Runner = Pick<
  typeof core,
  'setSecret' | 'startGroup' | 'endGroup' | 'info' | 'debug' | 'warning' | 'error' | 'setOutput' | 'getIDToken'
>

const invisible = /[\p{Cc}\p{Cf}]/gu

/** The runner compares texts by culture, which overlooks what cannot be seen. Tabs and colours stay. */
function withoutInvisible(line: string): string {
  return line.replaceAll(invisible, (sign) => (sign === '\t' || sign === '\u001b' ? sign : ''))
}

/**
 * Text as it may stand in a log: the runner obeys every line that begins with `::` or holds `##[`, also one that a user's
 * command or a database wrote. Source: ActionCommand.cs of actions/runner.
 */
export function plainLines(text: string): string[] {
  return text.split(/\r\n|\r|\n/).map((line) =>
    withoutInvisible(line)
      .replace(/^([^\p{L}\p{N}]*?:)(?=\p{Cc}*:)/u, '$1 ')
      .replaceAll(/#(?=\p{Cc}*#\p{Cc}*\[)/gu, '# '),
  )
}

// Resguardo command lines that people copy into a shell.

/**
 * A flag's value: `true` for a flag without a value, a list for a repeated flag. Undefined or an empty list omits the
 * flag.
 */
export type FlagValue = string | true | readonly string[] | undefined

/** Flags by name, in the order in which they are printed. */
export type Flags = Readonly<Record<string, FlagValue>>

/** A Resguardo command line as a value. */
export interface CommandLine {
  /** The words after `resguardo`, such as `restore` and an ID. */
  readonly words: readonly string[]
  readonly flags?: Flags
}

/** `resguardo checksum 20261124T020005Z --store file:./backups`, quoted for a POSIX shell. */
export function commandLine(words: readonly string[], flags: Flags = {}): string {
  const given = Object.entries(flags).flatMap(([name, value]) => {
    if (value === true) return [`--${name}`]
    return [value ?? []].flat().map((each) => flagWords(name, each))
  })
  return ['resguardo', ...words.map(shellWord), ...given].join(' ')
}

/** Like `commandLine`, for a `CommandLine`. */
export function commandText({ words, flags }: CommandLine): string {
  return commandLine(words, flags)
}

/** `--name value`, or `--name=value` for a value that could be read as another flag. */
export function flagWords(name: string, value: string): string {
  return `--${name}${value.startsWith('--') ? '=' : ' '}${shellWord(value)}`
}

/** Quotes a word for a POSIX shell if it needs quotes. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

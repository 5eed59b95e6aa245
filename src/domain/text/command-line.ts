// Command lines of ours that people copy into a shell.

/**
 * A flag's value: `true` for a flag that is on; several for one that is given several times; undefined and none: left
 * out.
 */
export type FlagValue = string | true | readonly string[] | undefined

/** Flags by name, in the order in which they are printed. */
export type Flags = Readonly<Record<string, FlagValue>>

/** A command of ours as a value. */
export interface CommandLine {
  /** After `resguardo`, such as `restore` and an ID. */
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

/** The same of a value. */
export function commandText({ words, flags }: CommandLine): string {
  return commandLine(words, flags)
}

/** `--name value`, so that the value is never taken for another flag. */
export function flagWords(name: string, value: string): string {
  return `--${name}${value.startsWith('--') ? '=' : ' '}${shellWord(value)}`
}

/** As a POSIX shell reads it: in quotes where it needs them. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

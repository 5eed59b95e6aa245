// The kinds of input. One row defines a flag, an input of the action, a line of help and a type.

interface Common {
  /** One line for help and README: starts with a capital letter, no final full stop. */
  readonly summary: string
  /** Environment variables read in this order when the input is not given. */
  readonly environment?: readonly string[]
  /** Heading in `--help`, above all rows of the group. */
  readonly group?: string
  /** Default of the action's input as text, if it differs from the command line; may be a `${{ }}` expression. */
  readonly inAction?: string
  /** Printed commands repeat this input, because they would open another store without it. */
  readonly repeated?: true
  /**
   * `stores`: the row contains store addresses, and the inputs of all store kinds are inserted after it. `kinds`: the
   * row contains the name of a kind of backup, and the names of all kinds become its choices. `{kinds}` in its summary
   * stands for the names with the subjects of the kinds.
   */
  readonly holds?: 'stores' | 'kinds'
  /** Shown in help instead of the kind: `NAME`, `TIME`. */
  readonly placeholder?: string
  /** Kinds of backup that the input applies to, in a command that accepts a kind; default: all. */
  readonly onlyFor?: readonly string[]
  /** Different summary or choices in the help for one kind of backup. */
  readonly help?: Readonly<Record<string, { readonly summary: string; readonly choices?: readonly string[] }>>
}

export type InputRow = Common &
  (
    | { readonly kind: 'text'; readonly fallback?: string }
    /** Never shown, never echoed in an error, masked in an action. */
    | {
        readonly kind: 'secret'
        readonly repeated?: never
        readonly fallback?: undefined
        /** The input may also be the path of a file that contains the secret; the path is not secret. */
        readonly orPath?: boolean
        /** Variables that client libraries read themselves; they are as secret as the input. */
        readonly alsoSecret?: readonly string[]
      }
    /** `true` or `false`, nothing else. */
    | { readonly kind: 'flag'; readonly fallback: boolean }
    /** A whole number, not negative; `least` and `most` are inclusive. */
    | { readonly kind: 'count'; readonly fallback?: number; readonly least?: number; readonly most?: number }
    /** `50%` or `50`: 0 to 100. */
    | { readonly kind: 'percent'; readonly fallback?: number }
    | { readonly kind: 'choice'; readonly choices: readonly string[]; readonly fallback?: string }
    /** Several values: a flag given several times; lines of an action's input or of an environment variable. */
    | { readonly kind: 'lines'; readonly fallback?: readonly string[] }
    /** `90s`, `30m`, `4h`, `7d`: seconds. */
    | { readonly kind: 'duration'; readonly fallback?: number }
    /** `64MiB`: bytes. */
    | { readonly kind: 'bytes'; readonly fallback?: number }
    /** ISO 8601: a Date. */
    | { readonly kind: 'time'; readonly fallback?: undefined }
  )

/** Inputs of one command, by name in kebab-case. */
export type InputTable = Readonly<Record<string, InputRow>>

type Camel<S extends string> = S extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S

type Value<R extends InputRow> = R extends { kind: 'flag' }
  ? boolean
  : R extends { kind: 'count' | 'percent' | 'duration' | 'bytes' }
    ? Given<R, number>
    : R extends { kind: 'lines' }
      ? readonly string[]
      : R extends { kind: 'time' }
        ? Date | undefined
        : R extends { kind: 'choice'; choices: readonly (infer C)[] }
          ? Given<R, C>
          : Given<R, string>

type Given<R, T> = R extends { fallback: string | number } ? T : T | undefined

/** What a command's `run` receives: one property per row, in camelCase, absent ones undefined. */
export type Values<T extends InputTable> = { readonly [K in keyof T & string as Camel<K>]: Value<T[K]> }

/** Whether the value of a secret is a path, and not the secret itself, which is PEM. */
export function isSecretPath(row: InputRow, text: string): boolean {
  return row.kind === 'secret' && row.orPath === true && !text.includes('-----BEGIN')
}

/** Returns the table with its literal types. */
export function inputTable<const T extends InputTable>(table: T): T {
  return table
}

/** `keep-last` -> `keepLast`. */
export function camelCase(name: string): string {
  return name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

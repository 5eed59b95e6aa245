// The commands that a step prints: `::error file=x::message` and so on.
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
import type { Masks } from './masks.ts'
import type { Annotation } from './results.ts'

function unescapeData(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')
}

function unescapeProperty(text: string): string {
  return unescapeData(text.replaceAll('%3A', ':').replaceAll('%2C', ','))
}

function propertiesOf(text: string): Record<string, string> {
  const pairs = text.split(',').filter((pair) => pair.includes('='))
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')).trim(), unescapeProperty(pair.slice(pair.indexOf('=') + 1))]),
  )
}

const levels = ['error', 'warning', 'notice'] as const
/** Shown only in debug mode. */
const hidden = new Set(['debug'])
const known = new Set(['group', 'endgroup', 'echo', 'add-matcher', 'remove-matcher'])
/** Disabled or deprecated on GitHub because untrusted programs could print them. */
const refused = new Set(['set-env', 'add-path', 'set-output', 'save-state'])

/** Reads a step's lines: masks them, executes the commands among them, records log and annotations. */
export class CommandReader {
  readonly log: string[]
  readonly annotations: Annotation[]
  /** Messages about refused commands; the step fails. */
  readonly refusals: string[] = []
  readonly #masks: Masks
  readonly #heard: (line: string) => void
  #resume: string | undefined

  /** Appends to the log and the annotations of `result`; `heard` receives every masked line immediately. */
  constructor(
    masks: Masks,
    result: { readonly log: string[]; readonly annotations: Annotation[] },
    heard: (line: string) => void,
  ) {
    this.#masks = masks
    this.log = result.log
    this.annotations = result.annotations
    this.#heard = heard
  }

  line(text: string): void {
    if (this.#resume !== undefined) {
      if (text.trim() === `::${this.#resume}::`) this.#resume = undefined
      this.#print(text)
      return
    }
    const [, name, properties, value] = text.match(/^\s*::([a-z-]+)(?:\s+(.*?))?::(.*)$/i) ?? []
    if (name === undefined || value === undefined) this.#print(text)
    else this.#obey(name.toLowerCase(), propertiesOf(properties ?? ''), unescapeData(value), text)
  }

  #print(text: string): void {
    const line = this.#masks.masked(text)
    this.log.push(line)
    this.#heard(line)
  }

  #obey(name: string, properties: Record<string, string>, value: string, text: string): void {
    const level = levels.find((candidate) => candidate === name)
    if (level !== undefined) this.annotate(level, value, properties)
    else if (name === 'add-mask') this.#masks.add(value)
    else if (name === 'stop-commands') this.#resume = value
    else if (refused.has(name))
      this.refusals.push(`The '${name}' command is disabled or deprecated: write to an environment file`)
    else if (hidden.has(name)) return
    else if (known.has(name)) this.#print(`##[${name}]${value}`)
    else this.#print(text)
  }

  annotate(level: Annotation['level'], message: string, properties: Record<string, string> = {}): void {
    this.annotations.push({ level, message: this.#masks.masked(message), properties })
    this.#print(`##[${level}]${message}`)
  }
}

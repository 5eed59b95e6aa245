// Completion scripts for bash, zsh and fish, generated from the tables that parse the command line.
import type { Command } from '../../commands/command.ts'
import { Failure } from '../../domain/failures/failure.ts'
import { placeholder } from '../../inputs/describe.ts'
import type { InputRow, InputTable } from '../../inputs/kinds.ts'
import { hostInputs } from './host-inputs.ts'

const scripts: Readonly<Record<string, (commands: readonly Command[]) => string>> = { bash, zsh, fish }

/** Returns the completion script for a shell. Throws `input/invalid` for an unsupported shell. */
export function completionScript(shell: string | undefined, commands: readonly Command[]): string {
  const script = Object.hasOwn(scripts, shell ?? '') ? scripts[shell ?? ''] : undefined
  if (script) return script(commands)
  throw new Failure(
    'input/invalid',
    `no completion script for ${shell === undefined ? 'this shell' : JSON.stringify(shell)}`,
    {
      hint: `Supported shells: ${Object.keys(scripts).join(', ')}. Example: source <(resguardo completion bash)`,
    },
  )
}

interface Flag {
  readonly text: string
  readonly row: InputRow
}

function flagsOf({ inputs }: Command): readonly Flag[] {
  const table: InputTable = { ...inputs, ...hostInputs }
  return Object.entries(table).map(([name, row]) => ({
    text: row.kind === 'flag' && row.fallback ? `no-${name}` : name,
    row,
  }))
}

/** Words that are valid without a flag: kinds, and `latest` for a backup. */
function argumentsOf({ kinds = {}, positional = [] }: Command): readonly string[] {
  return [...Object.keys(kinds), ...(positional.includes('backup') ? ['latest'] : [])]
}

function bash(commands: readonly Command[]): string {
  const ofFlags = commands.flatMap((command) =>
    flagsOf(command).flatMap(({ text, row }) => {
      if (row.kind === 'flag') return []
      const words = row.kind === 'choice' ? `words='${row.choices.join(' ')}'` : 'return'
      return `    ${command.name}:--${text}) ${words} ;;`
    }),
  )
  const ofCommands = commands.map((command) => {
    const words = [...argumentsOf(command), ...flagsOf(command).map(({ text }) => `--${text}`)]
    return `    ${command.name}:*) words='${words.join(' ')}' ;;`
  })
  return `# bash completion for resguardo. Load it with: source <(resguardo completion bash)
_resguardo() {
  local word=\${COMP_WORDS[COMP_CWORD]} words='${commands.map(({ name }) => name).join(' ')} help completion'
  [ "$COMP_CWORD" -eq 1 ] || case \${COMP_WORDS[1]}:\${COMP_WORDS[COMP_CWORD - 1]} in
${[...ofFlags, ...ofCommands].join('\n')}
    help:*) words='${commands.map(({ name }) => name).join(' ')} shared' ;;
    completion:*) words='${Object.keys(scripts).join(' ')}' ;;
    *) return ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _resguardo resguardo
`
}

function zsh(commands: readonly Command[]): string {
  const names = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`)
  const cases = commands.map((command) => {
    const flags = flagsOf(command).map(({ text, row }) => {
      const action = row.kind === 'choice' ? `(${row.choices.join(' ')})` : '_files'
      const value = row.kind === 'flag' ? '' : `:${bracketed(placeholder(row))}:${action}`
      return quoted(`${row.kind === 'lines' ? '*' : ''}--${text}[${bracketed(row.summary)}]${value}`)
    })
    const words = argumentsOf(command)
    const free = words.length === 0 ? [] : [quoted(`*:argument:(${words.join(' ')})`)]
    return `    ${command.name}) _arguments ${[...flags, ...free].join(' \\\n      ')} ;;`
  })
  return `#compdef resguardo
# zsh completion for resguardo. Load it with: source <(resguardo completion zsh)
_resguardo() {
  local -a commands=(
${names.join('\n')}
    'help:Print help and exit' 'completion:Print a completion script'
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  shift words; (( CURRENT-- ))
  case $words[1] in
${cases.join('\n')}
    help) _describe command commands ;;
    completion) _values shell ${Object.keys(scripts).join(' ')} ;;
  esac
}
compdef _resguardo resguardo
`
}

function fish(commands: readonly Command[]): string {
  const lines = commands.flatMap((command) => {
    const here = `complete -c resguardo -n ${quoted(`__fish_seen_subcommand_from ${command.name}`)}`
    const words = argumentsOf(command)
    return [
      `complete -c resguardo -n __fish_use_subcommand -f -a ${command.name} -d ${quoted(command.summary)}`,
      ...(words.length === 0 ? [] : [`${here} -f -a ${quoted(words.join(' '))}`]),
      ...flagsOf(command).map(({ text, row }) => {
        const value =
          row.kind === 'flag' ? '' : row.kind === 'choice' ? ` -x -a ${quoted(row.choices.join(' '))}` : ' -r'
        return `${here} -l ${text}${value} -d ${quoted(row.summary)}`
      }),
    ]
  })
  return `# fish completion for resguardo. Load it with: resguardo completion fish | source
${lines.join('\n')}
complete -c resguardo -n __fish_use_subcommand -f -a 'help completion'
complete -c resguardo -n '__fish_seen_subcommand_from completion' -f -a '${Object.keys(scripts).join(' ')}'
`
}

/** Quotes text for zsh and fish. Removes backslashes and replaces quotes, which the two shells read differently. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '').replaceAll("'", '’')}'`
}

/** Replaces the brackets and colons that `_arguments` of zsh would interpret. */
function bracketed(text: string): string {
  return text.replaceAll(/[[\]:]/g, (sign) => ({ '[': '(', ']': ')' })[sign] ?? ' -')
}

// The completion scripts in real shells: each shell loads its script and completes typed words.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { resguardo } from '../support/command-line.ts'

const execute = promisify(execFile)
const scripts = new Map<string, string>()

beforeAll(async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, stdout } = await resguardo(['completion', shell])
    expect(code).toBe(0)
    scripts.set(shell, stdout)
  }
})

const typed = [
  ['re', ['restore']],
  ['restore te', ['tenant']],
  ['restore --mode ', ['flush-first', 'insert', 'merge', 'replace']],
  ['restore tenant --mode me', ['merge']],
  ['backup --trig', ['--trigger']],
  ['list --qu', ['--quiet']],
  ['completion f', ['fish']],
] as const

test.each(typed)('bash completes "resguardo %s"', async (line, words) => {
  const program = `eval "$SCRIPT"; IFS=' ' read -ra COMP_WORDS <<<"$LINE"; [ "\${LINE% }" = "$LINE" ] || COMP_WORDS+=('')
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _resguardo; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout } = await execute('bash', ['-c', program], environment('bash', line))
  expect(stdout.split('\n').filter(Boolean).sort()).toEqual(words)
})

test.each(typed)('fish completes "resguardo %s"', async (line, words) => {
  const { stdout } = await execute(
    'fish',
    ['-N', '-c', 'echo $SCRIPT | source; complete -C $LINE'],
    environment('fish', line),
  )
  const found = stdout.split('\n').map((each) => each.split('\t')[0] ?? '')
  expect(found.filter(Boolean).sort()).toEqual(words)
})

test.each(typed)('zsh completes "resguardo %s"', async (line, words) => {
  const { stdout } = await execute('zsh', ['-f', '-c', zshProgram], environment('zsh', line))
  for (const word of words) expect(stdout).toContain(word)
})

/** Types the line into an interactive zsh, presses Tab until a widget prints a mark, and prints the output of zsh. */
const zshProgram = `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PS1=; autoload -U compinit; compinit -u -D; eval "$SCRIPT"; LISTMAX=1000; bindkey "^I" complete-word
done-widget() { zle -M "completed-$((1 + 1))" }; zle -N done-widget; bindkey "^G" done-widget; echo loaded-$((1 + 1))'
zpty -r -m shell text '*loaded-2*' || exit 1
zpty -n -w shell "$LINE"$'\\t\\t\\a'
zpty -r -m shell text '*completed-2*' || exit 1
print -r -- "$text"`

function environment(shell: string, words: string): { env: NodeJS.ProcessEnv; timeout: number } {
  return {
    env: { ...process.env, TERM: 'xterm', COLUMNS: '200', SCRIPT: scripts.get(shell), LINE: `resguardo ${words}` },
    timeout: 20_000,
  }
}

test('an unsupported shell is refused with a list of supported shells', async () => {
  const { code, stderr } = await resguardo(['completion', 'tcsh'])
  expect(code).toBe(2)
  expect(stderr).toContain('bash, zsh, fish')
})

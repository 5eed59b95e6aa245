// git for the simulator, away from the machine's own configuration.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

const who = (role: string) => ({ [`GIT_${role}_NAME`]: 'Simulator', [`GIT_${role}_EMAIL`]: 'simulator@localhost' })

/** Variables that keep git to the given repository. */
const gitEnvironment: Record<string, string> = {
  PATH: process.env.PATH ?? '',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  ...who('AUTHOR'),
  ...who('COMMITTER'),
}

/** Runs git in `folder`; resolves to what it printed, without the last line's end. */
export async function git(folder: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('git', args, { cwd: folder, env: gitEnvironment, maxBuffer: 256 * 1024 * 1024 })
  return stdout.replace(/\n$/, '')
}

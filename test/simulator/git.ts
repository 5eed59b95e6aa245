// Runs git for the simulator, without the machine's configuration.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

const who = (role: string) => ({ [`GIT_${role}_NAME`]: 'Simulator', [`GIT_${role}_EMAIL`]: 'simulator@localhost' })

/** Variables that disable the machine's configuration. */
const gitEnvironment: Record<string, string> = {
  PATH: process.env.PATH ?? '',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  ...who('AUTHOR'),
  ...who('COMMITTER'),
}

/** Runs git in `folder`; resolves to its output without the final newline. */
export async function git(folder: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('git', args, { cwd: folder, env: gitEnvironment, maxBuffer: 256 * 1024 * 1024 })
  return stdout.replace(/\n$/, '')
}

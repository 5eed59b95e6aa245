// Runs git on an untrusted checkout: git runs no command from its content, its configuration or this process's
// environment.
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Failure } from '../domain/failures/failure.ts'
import { readToolBytes } from '../streams/processes/read-tool.ts'

/** Maximum bytes of git's output; a change of half a million files needs less. */
const largestAnswer = 128 << 20

/** No transport: missing objects must not be fetched, because the configuration of a fetch can name commands. */
const environment = {
  GIT_ALLOW_PROTOCOL: 'none',
  GIT_NO_LAZY_FETCH: '1',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_GRAFT_FILE: '/nonexistent/grafts',
  // No index: with one, git may read files of the working tree instead of those of the commit.
  GIT_INDEX_FILE: '/nonexistent/index',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C',
}

/** Set on the command line, which overrides every configuration file. */
const settings = {
  'core.fsmonitor': 'false',
  'core.hooksPath': '/dev/null',
  'core.quotePath': 'true',
  'safe.bareRepository': 'explicit',
}

export interface Git {
  (...words: readonly string[]): Promise<string>
  /** Runs git with this standard input. Returns the bytes that it prints. */
  bytes(words: readonly string[], input: string): Promise<Buffer>
}

/**
 * Returns a function that runs git in the checkout that contains `directory`. Throws a failure of kind usage if there
 * is none.
 */
export function gitIn(directory: string, signal: AbortSignal): Git {
  const root = checkoutOf(directory)
  // In a container the checkout belongs to another user. The settings above disable what git protects against in that
  // case.
  const given = Object.entries({ ...settings, 'safe.directory': root }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  const bytes = async (words: readonly string[], input?: string): Promise<Buffer> => {
    const start = ['--no-pager', '--literal-pathspecs', ...given, '-C', root]
    try {
      const request = { command: 'git', arguments: [...start, ...words], environment, signal, explain: explainGit }
      return await readToolBytes(request, largestAnswer, input)
    } finally {
      signal.throwIfAborted()
    }
  }
  const text = async (...words: readonly string[]): Promise<string> => (await bytes(words)).toString('utf8')
  return Object.assign(text, { bytes })
}

function checkoutOf(directory: string): string {
  try {
    const start = realpathSync(directory)
    for (let folder = start; ; folder = dirname(folder)) {
      if (existsSync(join(folder, '.git'))) return folder
      if (folder === dirname(folder)) break
    }
  } catch {
    // reported below as a folder that is not in a checkout
  }
  throw new Failure('git/not-a-checkout', `${directory} is not in a checkout of a git repository`, {
    hint: 'In a workflow, run actions/checkout with fetch-depth: 0 before this step. Elsewhere, give --checkout.',
  })
}

const missingObject = /missing blob|unable to read|could not fetch|bad object|promisor|transport '\w+' not allowed/i

function explainGit(stderr: string, exit: string): Failure {
  const last = stderr.split('\n').findLast((line) => line !== '' && !line.startsWith('hint:')) ?? ''
  if (missingObject.test(stderr)) {
    return new Failure('git/shallow-clone', `the checkout lacks a part of the history: ${last}`, {
      hint: 'Check out with fetch-depth: 0 and without a filter, because Resguardo fetches nothing.',
    })
  }
  return new Failure('git/failed', `git ${exit}: ${last}`, {
    hint: "Read git's message, and check that the checkout is complete.",
  })
}

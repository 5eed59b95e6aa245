// The methods of isolation: another user, or a user namespace.
import { randomInt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { IsolationMethod } from '../domain/drill/isolation.ts'
import { harmlessEnvironment } from '../streams/processes/child.ts'
import { readTool } from '../streams/processes/read-tool.ts'

export interface Method {
  readonly isolation: IsolationMethod
  /** Name in messages. */
  readonly display: string
  /** Command prefix with the right to create namespaces: empty, or `sudo`. */
  readonly prefix: readonly string[]
  /** Flags of `unshare` for this method, on top of those that every method needs. */
  readonly namespaces: readonly string[]
  /** Flags of `nsenter` for this method, on top of those that every method needs. */
  readonly entering: readonly string[]
  /** `uid:gid` of the other user, or `same`. */
  readonly user: string
}

/** The methods to try, the strongest first. */
export async function possibleMethods(): Promise<readonly Method[]> {
  const user = await otherUser()
  if (process.getuid?.() === 0) return [asOther('root', [], user)]
  const maySudo = await readTool({
    command: 'sudo',
    arguments: ['-n', 'true'],
    environment: harmlessEnvironment(),
  }).then(
    () => true,
    () => false,
  )
  const namespace: Method = {
    isolation: 'user-namespace',
    display: 'a user namespace without capabilities',
    prefix: [],
    namespaces: ['--user', '--map-current-user', '--keep-caps'],
    entering: ['--user', '--preserve-credentials'],
    user: 'same',
  }
  return maySudo ? [asOther('sudo', ['sudo', '-n', '--'], user), namespace] : [namespace]
}

function asOther(isolation: IsolationMethod, prefix: readonly string[], user: string): Method {
  const display = user.startsWith(`${nobody}:`) ? 'another user (nobody)' : 'a separate user'
  return { isolation, display, prefix, namespaces: [], entering: [], user }
}

/** IDs that no distribution, systemd or range of subordinate IDs assigns: https://systemd.io/UIDS-GIDS/ */
const unused = { first: 1_900_000_000, count: 100_000_000 }
const nobody = 65_534

/**
 * Returns an unused `uid:gid`, so that neither processes nor limits are shared with another user. In a container that
 * does not map such IDs, returns that of `nobody`.
 */
async function otherUser(): Promise<string> {
  const id = unused.first + randomInt(unused.count)
  const maps = await Promise.all(
    ['uid_map', 'gid_map'].map((name) => readFile(`/proc/self/${name}`, 'utf8').catch(() => '')),
  )
  return maps.every((map) => isMapped(map, id)) ? `${id}:${id}` : `${nobody}:${nobody}`
}

/** Whether a map contains the ID. Its lines are `first inside, first outside, count`: user_namespaces(7). */
export function isMapped(map: string, id: number): boolean {
  return map.split('\n').some((line) => {
    const [first = Number.NaN, , count = Number.NaN] = line.trim().split(/\s+/).map(Number)
    return id >= first && id < first + count
  })
}

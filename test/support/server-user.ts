// The user of a temporary server: PostgreSQL refuses to run as root.
import { readTool } from '../../src/streams/processes/read-tool.ts'

export interface SystemUser {
  readonly uid: number
  readonly gid: number
}

const candidates = ['postgres', 'nobody'] as const

/**
 * Returns undefined for an ordinary user, who runs the server; for root, `postgres` or else `nobody`. Throws if neither
 * exists.
 */
export async function serverUser(): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined
  for (const name of candidates) {
    const [uid, gid] = await Promise.all([idOf('-u', name), idOf('-g', name)])
    if (uid !== undefined && gid !== undefined) return { uid, gid }
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user postgres nor nobody')
}

async function idOf(flag: string, name: string): Promise<number | undefined> {
  const said = await readTool({ command: 'id', arguments: [flag, name] }).catch(() => '')
  return /^\d+$/.test(said.trim()) ? Number(said) : undefined
}

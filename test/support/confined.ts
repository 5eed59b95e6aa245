// Runs commands in one confinement, in sequence, as this user or (by root) in a process of an ordinary user.
import { spawnSync } from 'node:child_process'
import { openConfinement } from '../../src/sandbox/open-confinement.ts'

export interface ConfinedCommands {
  readonly checkout: string
  readonly temporary: string
  readonly commands: readonly string[]
  /** Without network access, like a migration; otherwise with it, like a setup command. */
  readonly withoutNetwork?: boolean
}

/** Returns the output lines of all commands. */
export async function runConfined({ commands, withoutNetwork, ...place }: ConfinedCommands): Promise<string[]> {
  const { signal } = new AbortController()
  const lines: string[] = []
  const confinement = await openConfinement({ ...place, confinement: 'required', signal })
  const dial = () => Promise.reject(new Error('there is no server'))
  const more = { timeoutSeconds: 30, signal, ...(withoutNetwork && { dial }) }
  try {
    for (const command of commands) await confinement.run({ command, ...more, onLine: (line) => lines.push(line) })
  } finally {
    await confinement.close()
  }
  return lines
}

/** An ordinary user, to which root can switch. */
export const ordinary = { uid: 65_534, gid: 65_534 }

/** Like `runConfined`, in a process of the ordinary user, who must own `temporary`. */
export function runConfinedAsUser(request: ConfinedCommands, environment: NodeJS.ProcessEnv = {}): string[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, [import.meta.filename, JSON.stringify(request)], {
    ...ordinary,
    env: { PATH: process.env.PATH, HOME: request.temporary, ...environment },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as string[]
}

/** Returns why an ordinary user cannot create namespaces; undefined if they can. */
export function cannotUseNamespaces(): string | undefined {
  const { status, stderr } = spawnSync('unshare', ['--user', '--map-current-user', '--net', 'true'], {
    ...ordinary,
    encoding: 'utf8',
  })
  return status === 0 ? undefined : `this kernel gives no user namespaces: ${stderr}`
}

if (import.meta.main)
  process.stdout.write(JSON.stringify(await runConfined(JSON.parse(process.argv[2] ?? '') as ConfinedCommands)))

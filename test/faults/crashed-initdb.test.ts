// A crash of initdb's bootstrap server: PostgreSQL leaves its shared memory, and the sandbox releases it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ClientTools, installedTools } from '../../src/engines/postgres/tools.ts'
import { abandonedSharedMemory, sharedMemoryOf } from '../soak/checks/files.ts'
import { aliveAfter, descendantsOf } from '../support/process-tree.ts'
import { temporaryFolder } from '../support/real-world.ts'

let folder: string
let tools: ClientTools
let child: ChildProcess | undefined

beforeEach(async () => {
  folder = await temporaryFolder('crashed-initdb')
  await chmod(folder, 0o711)
  tools = await halfBootstrap()
})

afterEach(async () => {
  child?.kill('SIGKILL')
  await go()
  await rm(folder, { recursive: true, force: true })
})

/**
 * Tools whose bootstrap server gets a few rows and the first line of a CREATE. Its input ends once the file `go`
 * exists. A transaction of a bootstrap server cannot be rolled back: any error after its first row is a PANIC.
 */
async function halfBootstrap(): Promise<ClientTools> {
  const real = (await installedTools('')).find(({ server }) => server)
  if (!real) throw new Error('no PostgreSQL server is installed')
  const bin = join(folder, 'bin')
  await mkdir(bin)
  await chmod(bin, 0o755)
  await copyFile(join(real.folder, 'initdb'), join(bin, 'initdb'))
  const postgres = `#!/bin/sh
[ "$1" = --boot ] || exec ${real.folder}/postgres "$@"
{ head -n 60; echo 'create half 9999'; until [ -e ${bin}/go ]; do sleep 0.02; done; } |
  ${real.folder}/postgres "$@"
`
  await writeFile(join(bin, 'postgres'), postgres)
  await chmod(join(bin, 'postgres'), 0o755)
  return { ...real, folder: bin }
}

/** Starts a scratch server in a process of its own, which prints the code of the failure. */
function startProcess(): ChildProcess {
  const script = `
    import { startScratchServer } from ${JSON.stringify(join(import.meta.dirname, '../../src/engines/postgres/scratch/server.ts'))}
    const ending = new AbortController()
    process.once('SIGTERM', () => ending.abort(new Error('SIGTERM')))
    const request = ${JSON.stringify({ tools, temporary: folder, settings: {}, isolation: 'none' })}
    await startScratchServer({ ...request, signal: ending.signal }).catch((error) => console.log(error.code))
  `
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
}

const go = () => writeFile(join(tools.folder, 'go'), '')
const leftBehind = async () => (await readdir(folder)).filter((name) => name.startsWith('resguardo-'))

describe("crash of initdb's bootstrap server without a sandbox", () => {
  test.each(['SIGTERM', 'SIGKILL', undefined] as const)(
    'no shared memory remains after the crash (signal: %s)',
    async (signal) => {
      child = startProcess()
      const { pid } = child
      let printed = ''
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        printed += text
      })
      const closed = once(child, 'close')
      const bootstrapMemory = () =>
        sharedMemoryOf(below.flatMap(({ pid, words }) => (words.includes('--boot') ? [pid] : [])))
      let below = descendantsOf(pid as number)
      const look = () => {
        below = descendantsOf(pid as number)
        return bootstrapMemory().some((name) => name.startsWith('/dev/shm/'))
      }
      await expect.poll(look, { timeout: 20_000, interval: 5 }).toBe(true)
      const memory = bootstrapMemory()
      if (signal !== undefined) {
        child.kill(signal)
        const initdb = below.filter(({ words }) => words.startsWith(join(tools.folder, 'initdb')))
        expect(initdb).toHaveLength(1)
        expect(await aliveAfter(initdb, 10_000)).toEqual([])
      }
      await go()
      await closed
      if (signal === undefined) expect(printed).toBe('drill/server-failed\n')
      expect(await aliveAfter(below, 10_000)).toEqual([])
      await expect.poll(leftBehind, { timeout: 10_000 }).toEqual([])
      expect(abandonedSharedMemory(memory)).toEqual([])
    },
  )
})

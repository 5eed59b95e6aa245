import { createServer, type Server } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { Failure } from '../../src/domain/failures/failure.ts'
import { waitForHealth, withHooks } from '../../src/operations/restore/hooks.ts'
import { fakeWorld } from '../support/fakes.ts'

const hooks = { before: ['stop', 'drain'], after: ['start', 'warm'], health: undefined }

function worldWith(codes: Record<string, number> = {}, signal = new AbortController().signal) {
  const ran: string[] = []
  const world = fakeWorld({
    signal,
    runUserCommand: async (command, { signal: own }) => {
      ran.push(own.aborted ? `${command} (aborted)` : command)
      return codes[command] ?? 0
    },
  })
  return { world, ran }
}

describe('hooks of a restore', () => {
  test('the before hooks run, then the restore, then the after hooks, in the given order', async () => {
    const { world, ran } = worldWith()
    const work = async () => ran.push('work')
    expect(await withHooks(hooks, world, work)).toEqual({ value: 3, failure: undefined })
    expect(ran).toEqual(['stop', 'drain', 'work', 'start', 'warm'])
  })

  test('if a before hook fails, the restore is not started, but the after hooks run', async () => {
    const { world, ran } = worldWith({ stop: 7 })
    const failing = withHooks(hooks, world, async () => ran.push('work'))
    await expect(failing).rejects.toMatchObject({
      code: 'restore/hook-failed',
      message: expect.stringContaining('exited with 7: stop'),
    })
    expect(ran).toEqual(['stop', 'start', 'warm'])
  })

  test('if the restore fails, the after hooks run, and the failure of the restore is reported', async () => {
    const { world, ran } = worldWith({ start: 1 })
    const failing = withHooks(hooks, world, async () => {
      throw new Failure('restore/blocked', 'no')
    })
    await expect(failing).rejects.toMatchObject({ code: 'restore/blocked' })
    expect(ran).toEqual(['stop', 'drain', 'start', 'warm'])
    expect(world.reporter.texts('warn')).toHaveLength(1)
  })

  test('if an after hook fails, its failure is returned together with the result of the restore', async () => {
    const { world, ran } = worldWith({ start: 9 })
    const { value, failure } = await withHooks(hooks, world, async () => 'done')
    expect([value, failure?.kind]).toEqual(['done', 'tool'])
    expect(ran).toEqual(['stop', 'drain', 'start', 'warm'])
  })

  test('the after hooks run if the restore is interrupted', async () => {
    const control = new AbortController()
    const { world, ran } = worldWith({}, control.signal)
    const failing = withHooks(hooks, world, async () => {
      control.abort(new Failure('interrupted', 'stopped'))
      throw new Error('connection lost')
    })
    await expect(failing).rejects.toMatchObject({ code: 'interrupted' })
    expect(ran).toEqual(['stop', 'drain', 'start', 'warm'])
  })
})

describe('health check after a restore', () => {
  let server: Server | undefined
  afterEach(() => server?.close())

  async function serve(statuses: number[]): Promise<string> {
    server = createServer((_, answer) =>
      answer.writeHead(statuses.length > 1 ? (statuses.shift() as number) : (statuses[0] as number)).end(),
    )
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
    const { port } = (server as Server).address() as { port: number }
    return `http://127.0.0.1:${port}/health?key=secret`
  }

  test('the health check retries until the application responds with 2xx', async () => {
    const { world } = worldWith()
    const url = await serve([503, 500, 204])
    expect(await waitForHealth({ url, timeout: 60 }, 'hint', world)).toBeUndefined()
    expect(world.clock.slept).toEqual([1, 1])
  })

  test('after the timeout, the error shows the last status and the hint, but not the query string', async () => {
    const { world } = worldWith()
    const url = await serve([503])
    const failure = await waitForHealth({ url, timeout: 3 }, 'undo it', world)
    expect(failure).toMatchObject({
      code: 'restore/unhealthy',
      hint: 'undo it',
      message: expect.stringContaining('status 503'),
    })
    expect(failure?.message).not.toContain('secret')
    expect(world.reporter.texts('phase').join()).not.toContain('secret')
  })
})

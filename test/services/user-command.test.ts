import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { runUserCommand } from '../../src/streams/processes/user-command.ts'

const signal = () => new AbortController().signal

describe('a command of the user', () => {
  test.each([
    ['true', 0],
    ['exit 7', 7],
    ['no-such-command-anywhere', 127],
  ])('%s gives exit code %i', async (command, code) => {
    expect(await runUserCommand(command, { signal: signal() })).toBe(code)
  })

  test('says its lines, of both streams, to the listener and not to stdout', async () => {
    const printed = vi.spyOn(process.stdout, 'write')
    const lines: string[] = []
    await runUserCommand('echo one; echo "two  spaces"; echo three >&2', { signal: signal() }, (line) =>
      lines.push(line),
    )
    expect(lines.sort()).toEqual(['one', 'three', 'two  spaces'])
    expect(printed).not.toHaveBeenCalled()
    printed.mockRestore()
  })

  test('that says a number at once says it to the listener: it is never taken for the process to end', async () => {
    const said = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const lines: string[] = []
        await runUserCommand('echo 1', { signal: signal() }, (line) => lines.push(line))
        return lines.join()
      }),
    )
    expect(new Set(said)).toEqual(new Set(['1']))
  })

  test('has the environment of this process and what is added', async () => {
    const lines: string[] = []
    const environment = { DATABASE_URL: "postgresql://it's $HOME" }
    await runUserCommand(
      'echo "$DATABASE_URL"; test -n "$PATH" && echo path',
      { signal: signal(), environment },
      (line) => lines.push(line),
    )
    expect(lines).toEqual([environment.DATABASE_URL, 'path'])
  })

  test('ends with all that it started when the signal comes', async () => {
    const stop = new AbortController()
    const lines: string[] = []
    const running = runUserCommand('(sleep 1; echo late) & echo begun; wait', { signal: stop.signal }, (line) =>
      lines.push(line),
    )
    const outcome = expect(running).rejects.toThrow('enough')
    while (lines.length === 0) await sleep(10)
    stop.abort(new Error('enough'))
    await outcome
    await sleep(1500)
    expect(lines).not.toContain('late')
  })

  test('that ignores SIGTERM is killed with its processes', async () => {
    const stop = new AbortController()
    const lines: string[] = []
    const stubborn = `trap '' TERM; (sleep 4; echo late) & echo begun; wait`
    const running = runUserCommand(stubborn, { signal: stop.signal }, (line) => lines.push(line))
    const outcome = expect(running).rejects.toThrow('enough')
    while (lines.length === 0) await sleep(10)
    const began = performance.now()
    stop.abort(new Error('enough'))
    await outcome
    expect(performance.now() - began).toBeLessThan(3500)
    expect(lines).toEqual(['begun'])
  })

  test('leaves background processes running, and does not wait long for them', async () => {
    const lines: string[] = []
    const code = await runUserCommand('sleep 30 & echo $!', { signal: signal() }, (line) => lines.push(line))
    const pid = Number(lines[0])
    expect(code).toBe(0)
    expect(process.kill(pid, 0)).toBe(true)
    process.kill(pid)
  }, 20_000)

  test('that a signal ends has the exit code 128 plus the signal number', async () => {
    expect(await runUserCommand('kill -9 $$', { signal: signal() })).toBe(137)
  })
})

import { describe, expect, test } from 'vitest'
import { Failure } from '../../src/domain/failures/failure.ts'
import { startChild } from '../../src/streams/processes/child.ts'
import { readTool } from '../../src/streams/processes/read-tool.ts'

const shell = (script: string, more = {}) => startChild({ command: '/bin/sh', arguments: ['-c', script], ...more })

const read = async (stream: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('a child process', () => {
  test('gives its whole output', async () => {
    expect(await read(shell('printf hello').output())).toBe('hello')
  })

  test('whose output is read long after it exited gives all of it', async () => {
    const output = shell('printf hello').output()
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await read(output)).toBe('hello')
  })

  test('whose output is asked for only after it exited gives a failure, not an empty output', async () => {
    const child = shell('printf hello')
    await child.exited
    await expect(read(child.output())).rejects.toMatchObject({ code: 'internal/bug' })
    const failed = shell('printf half; exit 3')
    await failed.exited.catch(() => {})
    await expect(read(failed.output())).rejects.toMatchObject({ code: 'tool/failed' })
  })

  test('that fails after its output ended makes the output fail', async () => {
    await expect(read(shell('printf half; echo broken >&2; exit 3').output())).rejects.toMatchObject({
      code: 'tool/failed',
      message: 'sh exited with 3: broken',
    })
  })

  test('that closes its output and lives on is waited for', async () => {
    const child = shell('printf x; exec >&-; sleep 0.2; exit 7')
    await expect(read(child.output())).rejects.toMatchObject({ message: expect.stringContaining('exited with 7') })
  })

  test('that is killed says by what', async () => {
    await expect(shell('kill -9 $$').exited).rejects.toMatchObject({ message: expect.stringContaining('SIGKILL') })
  })

  test('that does not exist is a failure with a hint', async () => {
    const failure = await readTool({ command: 'no-such-tool', arguments: [] }).catch((error) => error)
    expect(failure).toBeInstanceOf(Failure)
    expect([failure.kind, failure.hint]).toEqual(['tool', 'Install it, or put it on PATH.'])
  })

  test('is stopped by a signal that is aborted, and its failure is the reason', async () => {
    const interrupted = new AbortController()
    const child = shell('sleep 30', { signal: interrupted.signal })
    interrupted.abort(new Failure('interrupted', 'stop'))
    await expect(child.exited).rejects.toMatchObject({ code: 'interrupted' })
  })

  test('that ignores SIGTERM is killed', async () => {
    const child = shell('trap "" TERM; while :; do sleep 0.05; done')
    await new Promise((resolve) => setTimeout(resolve, 100))
    await child.stop()
    await expect(child.exited).rejects.toMatchObject({ message: expect.stringContaining('SIGKILL') })
  })

  test('gets no keys of stores from the environment', async () => {
    process.env.AWS_SECRET_ACCESS_KEY = 'do-not-pass-on'
    expect(await readTool({ command: 'env', arguments: [] })).not.toContain('do-not-pass-on')
    delete process.env.AWS_SECRET_ACCESS_KEY
  })

  test('keeps only the last lines of a chatty stderr', async () => {
    const child = shell('i=0; while [ $i -lt 5000 ]; do echo "line $i" >&2; i=$((i+1)); done; exit 1')
    await child.exited.catch(() => {})
    expect(child.stderr().length).toBeLessThanOrEqual(8192)
    expect(child.stderr()).toContain('line 4999')
  })
})

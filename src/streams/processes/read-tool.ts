// Runs short tools and returns their output.
import { Failure } from '../../domain/failures/failure.ts'
import { type Child, type ChildRequest, startChild } from './child.ts'

/** Runs a short tool and returns its standard output (at most `limit` bytes, 16 MiB by default). */
export async function readTool(request: ChildRequest, limit = 16 << 20): Promise<string> {
  return (await readToolBytes(request, limit)).toString('utf8')
}

/** The same as bytes; `input` is written to the standard input of the tool. */
export async function readToolBytes(request: ChildRequest, limit: number, input?: string): Promise<Buffer> {
  const child = startChild(input === undefined ? request : { ...request, stdin: 'pipe' })
  // If the tool ends early, the pipe breaks; the exit code has the reason.
  if (input !== undefined) child.stdin.on('error', () => {}).end(input)
  return readOutput(child, request.command, limit)
}

/**
 * Reads the whole standard output of a running child. Throws its failure, and `tool/too-much-output` beyond `limit`
 * bytes.
 */
export async function readOutput(child: Child, name = 'a tool', limit = 16 << 20): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of child.output()) {
    bytes += (chunk as Uint8Array).length
    if (bytes > limit) {
      await child.stop()
      throw new Failure('tool/too-much-output', `${name} printed more than ${limit} bytes`)
    }
    chunks.push(chunk as Uint8Array)
  }
  return Buffer.concat(chunks)
}

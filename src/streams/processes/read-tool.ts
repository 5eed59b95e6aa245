// Short tools: started, read to their end, and judged by their exit.
import { Failure } from '../../domain/failures/failure.ts'
import { type Child, type ChildRequest, startChild } from './child.ts'

/** Runs a short tool to its end and gives its standard output (at most `limit` bytes, 16 MiB by default). */
export async function readTool(request: ChildRequest, limit = 16 << 20): Promise<string> {
  return (await readToolBytes(request, limit)).toString('utf8')
}

/** The bytes that a tool prints; `input` goes to its standard input. Throws as `readTool` does. */
export async function readToolBytes(request: ChildRequest, limit: number, input?: string): Promise<Buffer> {
  const child = startChild(input === undefined ? request : { ...request, stdin: 'pipe' })
  // A tool that ends early breaks the pipe: its exit says why.
  if (input !== undefined) child.stdin.on('error', () => {}).end(input)
  return readOutput(child, request.command, limit)
}

/**
 * The whole standard output of a child that is running. Throws its failure, and `tool/too-much-output` beyond `limit`
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

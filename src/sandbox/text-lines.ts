// A stream of bytes as lines, however a stranger ends them, and however long he makes them.
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

const longest = 16_384

/**
 * Each line without its end; carriage returns end lines, too, and a longer one than 16 Ki characters comes in pieces.
 */
export async function* textLines(stream: Readable): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  for await (const chunk of stream) {
    rest += decoder.write(chunk as Buffer)
    const lines = rest.split(/\r\n|\n|\r/)
    rest = lines.pop() ?? ''
    yield* lines
    if (rest.length > longest) {
      yield rest
      rest = ''
    }
  }
  rest += decoder.end()
  if (rest !== '') yield rest
}

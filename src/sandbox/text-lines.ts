// Splits untrusted output into lines, with any line ending and of any length.
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

const longest = 16_384

/** Yields each line without its ending: LF, CRLF or CR. A line of more than 16 Ki characters is yielded in pieces. */
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

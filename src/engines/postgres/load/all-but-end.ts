// Splits a stream into its last bytes and the rest.

/** Yields everything except the last `length` bytes, and returns those; fewer if the source is shorter. */
export async function* allButEnd(
  source: AsyncIterable<Uint8Array>,
  length: number,
): AsyncGenerator<Uint8Array, Buffer> {
  let end = Buffer.alloc(0)
  for await (const chunk of source) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    if (bytes.length >= length) {
      if (end.length > 0) yield end
      if (bytes.length > length) yield bytes.subarray(0, -length)
      end = Buffer.from(bytes.subarray(-length))
      continue
    }
    end = Buffer.concat([end, bytes])
    if (end.length <= length) continue
    yield end.subarray(0, -length)
    end = end.subarray(-length)
  }
  return end
}

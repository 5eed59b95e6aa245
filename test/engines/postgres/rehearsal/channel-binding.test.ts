// The login that a server behind TLS offers, as a client in plain may hear of it.
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { withoutChannelBinding } from '../../../../src/engines/postgres/rehearsal/channel-binding.ts'

function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(4 + body.length)
  return Buffer.concat([Buffer.from(type), length, body])
}

const asked = (...names: string[]) =>
  message('R', Buffer.concat([Buffer.from([0, 0, 0, 10]), Buffer.from([...names, '', ''].join('\0'))]))
const through = (bytes: Buffer, size: number) =>
  buffer(Readable.from(pieces(bytes, size)).pipe(withoutChannelBinding()))

function* pieces(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

test.each([1, 3, 1000])('the bound login is left out, and nothing else, in pieces of %i bytes', async (size) => {
  const before = message('v', Buffer.from('negotiation'))
  const after = asked('SCRAM-SHA-256-PLUS')
  const said = Buffer.concat([before, asked('SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256'), after])
  expect(await through(said, size)).toEqual(Buffer.concat([before, asked('SCRAM-SHA-256'), after]))
})

test.each([
  ['another login', message('R', Buffer.from([0, 0, 0, 5, 1, 2, 3, 4]))],
  ['an error', message('E', Buffer.from('SFATAL\0\0'))],
  ['half a message', asked('SCRAM-SHA-256').subarray(0, 11)],
])('%s stays as it is', async (_, said) => {
  expect(await through(said, 4)).toEqual(said)
})

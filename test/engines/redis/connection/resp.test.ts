import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  encodeCommand,
  InvalidReply,
  LargeBulk,
  type Reply,
  ReplyError,
  ReplyReader,
} from '../../../../src/engines/redis/connection/resp.ts'

function encoded(reply: Reply): Buffer {
  if (reply === null) return Buffer.from('$-1\r\n')
  if (typeof reply === 'number') return Buffer.from(`:${reply}\r\n`)
  if (typeof reply === 'string') return Buffer.from(`+${reply}\r\n`)
  if (reply instanceof ReplyError) return Buffer.from(`-${reply.message}\r\n`)
  if (Buffer.isBuffer(reply)) return Buffer.concat([Buffer.from(`$${reply.length}\r\n`), reply, Buffer.from('\r\n')])
  return Buffer.concat([Buffer.from(`*${reply.length}\r\n`), ...reply.map(encoded)])
}

const replies = fc.letrec<{ reply: Reply }>((tie) => ({
  reply: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.integer(),
    fc.stringMatching(/^[A-Za-z0-9 ]*$/),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc.stringMatching(/^ERR [a-z]*$/).map((text) => new ReplyError(text)),
    fc.array(tie('reply'), { maxLength: 4 }),
  ),
})).reply

describe('replies', () => {
  test('come out as they were, whatever pieces their bytes come in', () => {
    fc.assert(
      fc.property(
        fc.array(replies, { maxLength: 10 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        (sent, sizes) => {
          const bytes = Buffer.concat(sent.map(encoded))
          const reader = new ReplyReader()
          const got: Reply[] = []
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const size = sizes[turn % sizes.length] as number
            reader.push(bytes.subarray(at, at + size))
            at += size
            for (let reply = reader.next(); reply !== undefined; reply = reader.next()) got.push(reply)
          }
          expect(got).toEqual(sent)
          expect(reader.rest()).toHaveLength(0)
        },
      ),
    )
  })

  test('come in parts where they are large, but not within lists', () => {
    fc.assert(
      fc.property(
        fc.array(replies, { maxLength: 10 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        fc.integer({ min: 0, max: 40 }),
        (sent, sizes, most) => {
          const bytes = Buffer.concat(sent.map(encoded))
          const reader = new ReplyReader()
          const got: Reply[] = []
          let parts: Buffer[] | undefined
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const size = sizes[turn % sizes.length] as number
            reader.push(bytes.subarray(at, at + size))
            at += size
            for (;;) {
              const next = parts ? reader.part() : reader.nextOrLarge(most)
              if (parts && next === undefined) {
                const whole = Buffer.concat(parts)
                expect(whole.length).toBeGreaterThan(most)
                got.push(whole)
                parts = undefined
              } else if (next instanceof LargeBulk) parts = []
              else if (next === undefined || (parts && Buffer.isBuffer(next) && next.length === 0)) break
              else if (parts && Buffer.isBuffer(next)) parts.push(next)
              else got.push(next)
            }
          }
          expect(got).toEqual(sent)
        },
      ),
    )
  })

  test('are told from what is not of Redis', () => {
    const reader = new ReplyReader()
    reader.push(Buffer.from('HTTP/1.1 400 Bad Request\r\n'))
    expect(() => reader.next()).toThrow(InvalidReply)
  })

  test('leave the bytes behind them alone', () => {
    const reader = new ReplyReader()
    reader.push(Buffer.from('+OK\r\nREDIS0010'))
    expect(reader.next()).toBe('OK')
    expect(reader.rest().toString()).toBe('REDIS0010')
  })
})

test('a command is sent with its lengths in bytes', () => {
  expect(encodeCommand('SET', 'ä', Buffer.of(0, 255), 12).toString('latin1')).toBe(
    '*4\r\n$3\r\nSET\r\n$2\r\nÃ¤\r\n$2\r\n\0ÿ\r\n$2\r\n12\r\n',
  )
})

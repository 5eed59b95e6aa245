// Checks the types of replies: a reply of an unexpected type is an error, never a value.
import { InvalidReply, type Reply, ReplyError } from './resp.ts'

/** A reply with bulk strings as text. */
export type TextReply = null | number | string | TextReply[]

interface Asked {
  askText(...parts: readonly string[]): Promise<TextReply>
}

/** Throws InvalidReply for a reply that is not a text. */
export async function askForText(connection: Asked, ...command: readonly string[]): Promise<string> {
  const reply = await connection.askText(...command)
  if (typeof reply === 'string') return reply
  throw new InvalidReply(command.join(' '))
}

/** Throws InvalidReply for a reply that is not an integer. */
export async function askForNumber(connection: Asked, ...command: readonly string[]): Promise<number> {
  const reply = await connection.askText(...command)
  if (typeof reply === 'number') return reply
  throw new InvalidReply(command.join(' '))
}

/** Throws InvalidReply for a reply that is not an array. */
export async function askForList(connection: Asked, ...command: readonly string[]): Promise<TextReply[]> {
  const reply = await connection.askText(...command)
  if (Array.isArray(reply)) return reply
  throw new InvalidReply(command.join(' '))
}

/** The reply of TIME in milliseconds since 1970. Throws an error reply, and InvalidReply for anything else. */
export function timeIn(reply: Reply | TextReply): number {
  if (reply instanceof ReplyError) throw reply
  const [seconds = Number.NaN, microseconds = Number.NaN] = Array.isArray(reply) ? reply.map(wholeNumber) : []
  if (Number.isNaN(seconds + microseconds)) throw new InvalidReply('TIME')
  return seconds * 1000 + Math.floor(microseconds / 1000)
}

function wholeNumber(reply: Reply): number {
  const text = reply === null ? '' : String(reply)
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
}

/** The reply of SCAN. Throws an error reply, and InvalidReply for anything else. */
export function scanPageIn(reply: Reply): { readonly cursor: string; readonly keys: Buffer[] } {
  if (reply instanceof ReplyError) throw reply
  const [next, keys] = Array.isArray(reply) ? reply : []
  const cursor = Buffer.isBuffer(next) ? next.toString('latin1') : ''
  if (/^\d+$/.test(cursor) && Array.isArray(keys) && keys.every((key) => Buffer.isBuffer(key))) return { cursor, keys }
  throw new InvalidReply('SCAN')
}

/** Converts bulk strings to text. Throws InvalidReply for an error inside an array. */
export function textIn(reply: Reply): TextReply {
  if (Array.isArray(reply)) return reply.map(textIn)
  if (reply instanceof Error) throw new InvalidReply()
  return Buffer.isBuffer(reply) ? reply.toString('utf8') : reply
}

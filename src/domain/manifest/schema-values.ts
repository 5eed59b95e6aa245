// zod schemas of values that many parts of a manifest share.
import * as z from 'zod'

export const text = z.string()

export const line = z.string().min(1)

export const texts = z.array(text)

export const wholeNumber = z.int().min(0)

export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'not a SHA-256 in lower-case hexadecimal')

export const time = z.iso.datetime({ offset: true })

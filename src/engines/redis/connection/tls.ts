// Reads TLS certificates and keys: PEM text, as in a secret of GitHub Actions, or the path of a file.
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { type ConnectionOptions, createSecureContext, type SecureContext } from 'node:tls'
import { Failure } from '../../../domain/failures/failure.ts'
import type { RedisAccess, RedisNode } from './address.ts'

/**
 * Returns the options of `tls.connect` except host and port; undefined without TLS. Throws
 * Failure('redis/certificate-file') for an unusable certificate or key.
 */
export async function tlsOptions(access: RedisAccess, { host }: RedisNode): Promise<ConnectionOptions | undefined> {
  if (!access.tls) return undefined
  const name = isIP(host) ? {} : { servername: host }
  const secureContext = await contextOf(access)
  return secureContext ? { ...name, secureContext } : name
}

async function contextOf({ tlsCa, tlsCert, tlsKey }: RedisAccess): Promise<SecureContext | undefined> {
  if ((tlsCa ?? tlsCert ?? tlsKey) === undefined) return undefined
  const [ca, cert, key] = [
    await pemOf('redis-cacert', tlsCa),
    await pemOf('redis-cert', tlsCert),
    await pemOf('redis-key', tlsKey),
  ]
  try {
    return createSecureContext({ ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) })
  } catch (error) {
    const encrypted = /passphrase|password|decrypt/i.test((error as Error).message)
    throw new Failure(
      'redis/certificate-file',
      `could not use ${cert ? 'the client certificate and its key' : 'the certificate of redis-cacert'}: ${(error as Error).message}`,
      {
        hint: encrypted
          ? 'The key is encrypted. Give it without a passphrase: openssl pkey -in client.key -out plain.key'
          : 'All of them must be PEM, and redis-key must belong to redis-cert.',
        cause: error,
      },
    )
  }
}

const longestPath = 1024

async function pemOf(input: string, given: string | undefined): Promise<string | undefined> {
  if (given === undefined) return undefined
  // Some systems store a variable of several lines in one line, with `\n` as two characters.
  if (given.includes('-----BEGIN')) return given.trim().includes('\n') ? given : given.replaceAll('\\n', '\n')
  // A value that is neither PEM nor a path may still be a secret, so the message must not contain it.
  const isPath = given.length <= longestPath && !given.includes('\n')
  const text = isPath
    ? await readFile(given, 'utf8').catch((error: NodeJS.ErrnoException) => error)
    : new Error('neither PEM nor a path')
  if (typeof text === 'string' && text.includes('-----BEGIN')) return text
  const why = typeof text === 'string' ? 'it contains no PEM' : ((text as NodeJS.ErrnoException).code ?? text.message)
  throw new Failure(
    'redis/certificate-file',
    `could not read the file of ${input}: ${isPath ? `${given} ` : ''}(${why})`,
    {
      hint: `Give --${input} as PEM text, which begins with -----BEGIN, or as the path of such a file.`,
      ...(typeof text === 'string' ? {} : { cause: text }),
    },
  )
}

// Options of TLS, by sslmode: https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-SSLMODE-STATEMENTS
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { type ConnectionOptions, checkServerIdentity } from 'node:tls'
import { Failure } from '../../../domain/failures/failure.ts'
import type { Address } from './address.ts'

/**
 * Returns the options of a TLS connection. As in libpq, a root certificate is used whatever the mode. Throws
 * `postgres/certificate-file`.
 */
export async function tlsOptions(address: Address): Promise<ConnectionOptions> {
  const { host, sslMode, sslRootCert, sslCert, sslKey, sslCrl } = address
  return {
    rejectUnauthorized: sslRootCert !== undefined || sslMode.startsWith('verify-'),
    // Compares the requested host: Node would compare `localhost` if the host is an IP address.
    checkServerIdentity: (_, certificate) =>
      sslMode === 'verify-full' ? checkServerIdentity(host, certificate) : undefined,
    ...(isIP(host) === 0 && { servername: host }),
    ...(sslRootCert && { ca: await contentOf(sslRootCert) }),
    ...(sslCert && { cert: await contentOf(sslCert) }),
    ...(sslKey && { key: await contentOf(sslKey) }),
    ...(sslCrl && { crl: await contentOf(sslCrl) }),
  }
}

/** Returns the options to try, in order; false means a connection without TLS. */
export async function tlsChoices(address: Address): Promise<(false | ConnectionOptions)[]> {
  const { host, sslMode } = address
  if (host.startsWith('/') || sslMode === 'disable') return [false]
  const options = await tlsOptions(address)
  if (sslMode === 'allow') return [false, options]
  return sslMode === 'prefer' ? [options, false] : [options]
}

/**
 * Whether the next choice may succeed: TLS failed, or pg_hba.conf rejects this kind of connection. Messages may be in
 * any language.
 */
export function isAboutTls(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string }
  return (
    code === '28000' ||
    /^(ERR_(SSL|TLS)|EPROTO|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code) ||
    /SSL|TLS/.test(message)
  )
}

async function contentOf(path: string): Promise<Buffer> {
  return readFile(path).catch((cause) => {
    throw new Failure('postgres/certificate-file', `could not read the certificate file ${path}`, {
      hint: 'Check the path in DATABASE_URL and the permissions of the file.',
      cause,
    })
  })
}

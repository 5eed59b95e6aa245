// What sslmode means: https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-SSLMODE-STATEMENTS
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { type ConnectionOptions, checkServerIdentity } from 'node:tls'
import { Failure } from '../../../domain/failures/failure.ts'
import type { Address } from './address.ts'

/** The options of a connection by TLS. As in libpq, a certificate of an authority is used whatever the mode. */
export async function tlsOptions(address: Address): Promise<ConnectionOptions> {
  const { host, sslMode, sslRootCert, sslCert, sslKey, sslCrl } = address
  return {
    rejectUnauthorized: sslRootCert !== undefined || sslMode.startsWith('verify-'),
    // The name that was asked for: Node would compare `localhost` where the host is an IP address.
    checkServerIdentity: (_, certificate) =>
      sslMode === 'verify-full' ? checkServerIdentity(host, certificate) : undefined,
    ...(isIP(host) === 0 && { servername: host }),
    ...(sslRootCert && { ca: await contentOf(sslRootCert) }),
    ...(sslCert && { cert: await contentOf(sslCert) }),
    ...(sslKey && { key: await contentOf(sslKey) }),
    ...(sslCrl && { crl: await contentOf(sslCrl) }),
  }
}

/** Connections to try, in their order; false is one without TLS. */
export async function tlsChoices(address: Address): Promise<(false | ConnectionOptions)[]> {
  const { host, sslMode } = address
  if (host.startsWith('/') || sslMode === 'disable') return [false]
  const options = await tlsOptions(address)
  if (sslMode === 'allow') return [false, options]
  return sslMode === 'prefer' ? [options, false] : [options]
}

/**
 * Whether the next choice may succeed: TLS itself failed, or pg_hba.conf admits nobody this way. Messages may be in any
 * language.
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

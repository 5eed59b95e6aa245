// Finds the files of TLS as libpq does: those that are named must exist, those in ~/.postgresql are used if they exist.
import { access, constants, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../../../domain/failures/failure.ts'
import type { Parameters } from './parameters.ts'
import { invalid } from './parse-text.ts'

type Environment = Readonly<Record<string, string | undefined>>

const defaults = {
  sslrootcert: 'root.crt',
  sslcert: 'postgresql.crt',
  sslkey: 'postgresql.key',
  sslcrl: 'root.crl',
} as const

/** Files with the trusted authorities of the system, in various distributions. */
const systemFiles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

/**
 * Returns the TLS parameters with the paths of all files. Throws `postgres/certificate-file` if a named file cannot be
 * read, other users can read the key, or sslmode needs a root certificate and none is found.
 */
export async function certificateFiles(given: Parameters, environment: Environment): Promise<Parameters> {
  if (given.get('sslmode') === 'disable') return new Map()
  const files = new Map<string, string>()
  for (const [name, file] of Object.entries(defaults)) {
    const path = given.get(name)
    if (path === 'system' && name === 'sslrootcert') continue
    if (path !== undefined) files.set(name, await readable(name, path))
    else {
      const own = join(environment.HOME ?? '/', '.postgresql', file)
      if (await isReadable(own)) files.set(name, own)
    }
  }
  if (files.has('sslcert') && files.has('sslkey')) await requirePrivate(files.get('sslkey') ?? '')
  if (given.get('sslrootcert') === 'system')
    return new Map([...files, ...(await systemAuthorities(given, environment))])
  const sslMode = given.get('sslmode') ?? 'prefer'
  if (!sslMode.startsWith('verify-') || files.has('sslrootcert')) return files
  throw new Failure('postgres/certificate-file', `sslmode=${sslMode} needs a root certificate`, {
    hint: 'Set sslrootcert to a certificate file, or to system for the trusted authorities of this system.',
  })
}

/** Replaces the word `system` by a file, because only libpq 16 and later accept the word. */
async function systemAuthorities(given: Parameters, { SSL_CERT_FILE }: Environment): Promise<Parameters> {
  const mode = given.get('sslmode') ?? 'verify-full'
  if (mode !== 'verify-full') throw invalid(`sslrootcert=system needs sslmode=verify-full, not ${mode}`)
  for (const file of [...(SSL_CERT_FILE ? [SSL_CERT_FILE] : []), ...systemFiles])
    if (await isReadable(file))
      return new Map([
        ['sslrootcert', file],
        ['sslmode', mode],
      ])
  throw new Failure('postgres/certificate-file', 'sslrootcert=system: this system has no file of trusted authorities', {
    hint: 'Install the package ca-certificates, or name a file with SSL_CERT_FILE or sslrootcert.',
  })
}

async function readable(name: string, path: string): Promise<string> {
  if (await isReadable(path)) return path
  throw new Failure('postgres/certificate-file', `could not read the file that ${name} names: ${path}`, {
    hint: 'Check the path in DATABASE_URL and the permissions of the file.',
  })
}

async function isReadable(path: string): Promise<boolean> {
  if (!(await stat(path).catch(() => undefined))?.isFile()) return false
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  )
}

/** As libpq requires: other users must not read the file; the group may if root owns it. */
async function requirePrivate(path: string): Promise<void> {
  const { mode, uid } = await stat(path)
  if ((mode & (uid === 0 ? 0o027 : 0o077)) === 0) return
  throw new Failure('postgres/certificate-file', `other users can read the file that sslkey names: ${path}`, {
    hint: `Run: chmod 600 ${path}`,
  })
}

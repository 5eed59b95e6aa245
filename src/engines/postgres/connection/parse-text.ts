// Parses a connection as a URL or as key=value text, as libpq does. Failures never quote the text, because it contains
// a password.
import { Failure } from '../../../domain/failures/failure.ts'
import type { Parameters } from './parameters.ts'

const urlHint =
  'Give DATABASE_URL (or --database-url) as postgresql://user:password@host:5432/database; percent-encode special characters.'

/** Parses a URL or key=value text. Throws `postgres/invalid-url`. */
export function parseConnection(text: string): Parameters {
  if (/^postgres(ql)?:\/\//.test(text)) return parseUrl(text)
  if (/^\s*\w+\s*=/.test(text)) return parsePairs(text)
  throw invalid('the database URL is not a PostgreSQL URL')
}

/** https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS */
function parseUrl(text: string): Parameters {
  const rest = text.slice(text.indexOf('://') + 3)
  if (hasRawSpecials(rest)) {
    throw new Failure('postgres/invalid-url', 'the database URL has a special character that must be percent-encoded', {
      hint: 'In the user and password, write @ as %40, / as %2F, # as %23, ? as %3F and : as %3A.',
    })
  }
  const [, user, password, hosts = '', database, query = ''] =
    /^(?:([^:@/]*)(?::([^@/]*))?@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(rest) ?? []
  const parameters = new Map<string, string>()
  const set = (name: string, value: string | undefined): void => {
    if (value) parameters.set(name, decoded(value))
  }
  set('user', user)
  set('password', password)
  set('dbname', database)
  const places = hosts === '' ? [] : hosts.split(',').map(placeOf)
  set('host', places.map(({ host }) => host).join(','))
  if (places.some(({ port }) => port)) set('port', places.map(({ port }) => port).join(','))
  for (const pair of query.split('&').filter(Boolean)) {
    const at = pair.indexOf('=')
    if (at < 0) throw invalid('a parameter in the database URL has no value')
    const [name, value] = [decoded(pair.slice(0, at)), decoded(pair.slice(at + 1))]
    if (name === 'ssl' && value === 'true') parameters.set('sslmode', 'require')
    else if (value !== '') parameters.set(name, value)
  }
  return parameters
}

/**
 * Whether a password contains an @, / or # that is not encoded. What follows it would be parsed as the host, and shown.
 */
function hasRawSpecials(rest: string): boolean {
  const first = rest.indexOf('@')
  const slash = rest.indexOf('/')
  return rest.includes('#') || first !== rest.lastIndexOf('@') || (slash >= 0 && first > slash)
}

/** `host:port`, `[::1]:port`. */
function placeOf(text: string): { host: string; port: string } {
  const [, six, plain = '', port = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/.exec(text) ?? []
  return { host: six ?? plain, port }
}

function decoded(text: string): string {
  try {
    const value = decodeURIComponent(text)
    if (!value.includes('\0')) return value
  } catch {
    // falls through
  }
  throw invalid('could not parse the database URL')
}

/** https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE */
function parsePairs(text: string): Parameters {
  const parameters = new Map<string, string>()
  const pair = /\s*([a-z_]+)\s*=\s*(?:'((?:\\.|[^'\\])*)'|((?:\\.|[^\s'\\])*))(?=\s|$)/gsy
  while (pair.lastIndex < text.trimEnd().length) {
    const found = pair.exec(text)
    if (!found) throw invalid('could not parse the database URL as key=value pairs')
    const [, name = '', quoted, plain] = found
    const value = (quoted ?? plain ?? '').replaceAll(/\\(.)/gs, '$1')
    if (value !== '') parameters.set(name, value)
  }
  return parameters
}

export function invalid(message: string): Failure {
  return new Failure('postgres/invalid-url', message, { hint: urlHint })
}

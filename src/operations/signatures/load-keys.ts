// Loads the signing key and the trusted keys, from texts or files.
import { readFile, stat } from 'node:fs/promises'
import { Failure } from '../../domain/failures/failure.ts'
import { parseAllowedSigners, type TrustedKey } from '../../domain/signatures/allowed-signers.ts'
import { type PrivateKey, parsePrivateKey } from '../../domain/signatures/private-key.ts'

/**
 * Loads the key from its text, or from the file at the path given. Throws a failure of kind usage if the file is
 * missing or other users can read it, and what `parsePrivateKey` throws.
 */
export async function loadSigningKey(given: string): Promise<PrivateKey> {
  if (given.includes('-----BEGIN')) return parsePrivateKey(given)
  const path = given.trim()
  const text = await readKeyFile(path, 'the signing key')
  const { mode } = await stat(path)
  if ((mode & 0o077) === 0) return parsePrivateKey(text)
  throw new Failure(
    'signature/key-permissions',
    `could not use the signing key ${path}: other users of this machine can read it`,
    {
      hint: `Make it private: chmod 600 ${path}`,
    },
  )
}

/**
 * Loads keys from lines of OpenSSH's allowed_signers, or from paths of such files. Throws a failure of kind usage if
 * there is no key at all.
 */
export async function loadTrustedKeys(given: readonly string[]): Promise<TrustedKey[]> {
  const lines: string[] = []
  for (const each of given) {
    if (isPath(each)) lines.push(...(await readKeyFile(each.trim(), 'the trusted keys')).split(/\r?\n/))
    else lines.push(...each.split(/\r?\n/))
  }
  const keys = parseAllowedSigners(lines)
  if (keys.length > 0) return keys
  throw new Failure(
    'signature/invalid-trusted-keys',
    'could not use the trusted keys: no line has a key for the namespace resguardo',
    {
      hint: 'Write lines such as `shop namespaces="resguardo" ssh-ed25519 AAAA…`.',
    },
  )
}

/** A line with a key has several words, one of which is the type of the key. */
function isPath(text: string): boolean {
  return !/^\s*#/.test(text) && !/(^|\s)(ssh-|ecdsa-|sk-)\S+\s/.test(text) && !/[\r\n]/.test(text.trim())
}

async function readKeyFile(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    throw new Failure('signature/no-key-file', `could not read ${what} from ${JSON.stringify(path)} (${code})`, {
      hint: 'Give the path of a file that exists, or the text itself.',
    })
  }
}

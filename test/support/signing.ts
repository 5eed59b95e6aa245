// Keys and signatures made by OpenSSH, and forgeries that write access to a store allows.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { manifestText, parseManifest, sealManifest } from '../../src/domain/manifest/manifest-json.ts'

export interface TestKey {
  /** Path of the private key. */
  readonly path: string
  /** `ssh-ed25519 AAAA…`. */
  readonly publicKey: string
  /** A line of allowed_signers. */
  trusted(names: string, options?: string): string
}

/** `ssh-keygen -t ed25519` in a folder. */
export function makeKey(folder: string, name: string): TestKey {
  const path = join(folder, name)
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', path])
  const publicKey = readFileSync(`${path}.pub`, 'utf8').split(' ').slice(0, 2).join(' ')
  return { path, publicKey, trusted: (names, options) => [names, ...(options ? [options] : []), publicKey].join(' ') }
}

/** `ssh-keygen -Y sign`: the armored signature of a text. */
export function signByHand({ path }: TestKey, text: string, namespace = 'resguardo'): string {
  return execFileSync('ssh-keygen', ['-q', '-Y', 'sign', '-n', namespace, '-f', path], {
    input: text,
    encoding: 'utf8',
  })
}

/** Splits a signature file of ours into its parts. */
export function signatureParts(path: string): { readonly armor: string; readonly statement: string } {
  const text = readFileSync(path, 'utf8')
  const end = text.indexOf('-----END SSH SIGNATURE-----\n') + '-----END SSH SIGNATURE-----\n'.length
  return { armor: text.slice(0, end), statement: text.slice(end) }
}

export const sha256File = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')

/** Returns the ID of the only backup of a name in a directory store. Throws if there is not exactly one. */
export function onlyBackup(root: string, name: string): string {
  const [id, ...others] = readdirSync(join(root, name))
  if (id === undefined || others.length > 0) throw new Error(`not one backup of ${name}`)
  return id
}

/** Changes a manifest and seals it again with a matching digest, as write access to the store allows. */
export function forgeManifest(folder: string, change: (manifest: Record<string, unknown>) => object): void {
  const { digest: _, ...manifest } = parseManifest(readFileSync(join(folder, 'manifest.json'), 'utf8'))
  const forged = sealManifest({ ...manifest, ...change(manifest as never) } as never)
  writeFileSync(join(folder, 'manifest.json'), manifestText(forged))
}

/** Copies a backup's folder to another id or name, as `aws s3 cp --recursive` does. */
export function copyFolder(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true })
  cpSync(from, to, { recursive: true, preserveTimestamps: true })
}

// What a scratch server must have before anything is loaded.
import type pg from 'pg'
import { Failure } from '../../../domain/failure.ts'
import type { PostgresManifest } from '../../../domain/manifest.ts'
import { missingExtensions } from '../load/needs.ts'

/**
 * Names of extensions to leave out. Throws Failure('tool') naming the extensions that are missing and their packages, unless they
 * may be.
 */
export async function extensionsToLeaveOut(
  client: pg.Client,
  manifest: PostgresManifest,
  allowMissing: boolean,
): Promise<string[]> {
  const missing = await missingExtensions(client, manifest)
  if (missing.length === 0) return []
  if (allowMissing && manifest.dump.format !== 'plain') return missing.map(({ name }) => name)
  const packages = [...new Set(missing.map((each) => each.package))]
  const names = missing.map(({ name }) => name).join(', ')
  throw new Failure('drill/missing-extension', `the scratch server lacks what the backup needs: extension ${names}`, {
    hint: `Install ${packages.join(', ')}${manifest.dump.format === 'plain' ? '' : ', or prove the rest with --allow-missing-extensions'}.`,
  })
}

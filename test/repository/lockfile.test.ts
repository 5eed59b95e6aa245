// package-lock.json: `npm ci` works on every platform and verifies everything that it fetches.
import { expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import lockfile from '../../package-lock.json' with { type: 'json' }

interface Locked {
  readonly integrity?: string
  readonly link?: boolean
  readonly inBundle?: boolean
  readonly version?: string
  readonly dependencies?: Record<string, string>
  readonly optionalDependencies?: Record<string, string>
  readonly devDependencies?: Record<string, string>
}

const packages = lockfile.packages as Record<string, Locked>

/** Whether a package that stands at `from` finds `name` in the lockfile, looking outwards as Node does. */
function found(from: string, name: string): boolean {
  const outer = from.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, '')
  return `${from === '' ? '' : `${from}/`}node_modules/${name}` in packages || (from !== '' && found(outer, name))
}

test('every package that another one names has an entry, optional ones too', () => {
  const missing = Object.entries(packages).flatMap(([from, { dependencies, optionalDependencies, devDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies, ...(from === '' ? devDependencies : {}) })
      .filter((name) => !found(from, name))
      .map((name) => `${from || 'package.json'} -> ${name}`),
  )
  expect(missing).toEqual([])
})

test('every package that is fetched has an integrity, those for other platforms too', () => {
  // npm drops the integrity of packages that it did not install. Removing their entries and `npm install
  // --package-lock-only` restores it.
  const unverified = Object.entries(packages)
    .filter(([path, { link, inBundle }]) => path !== '' && !link && !inBundle)
    .filter(([, { integrity = '' }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity))
  expect(unverified.map(([path]) => path)).toEqual([])
})

test('the lockfile is of this package.json, and names no registry', () => {
  const { dependencies, devDependencies, optionalDependencies } = packageJson
  expect(packages['']).toMatchObject({
    version: packageJson.version,
    dependencies,
    devDependencies,
    optionalDependencies,
  })
  expect(JSON.stringify(lockfile)).not.toContain('"resolved"')
})

// Writing and parsing of manifests, and rejection of invalid ones.
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asFailure } from '../../../src/domain/failures/failure.ts'
import type { Payload } from '../../../src/domain/manifest/manifest.ts'
import {
  manifestJsonSchema,
  manifestText,
  mostValues,
  parseManifest,
  sealManifest,
} from '../../../src/domain/manifest/manifest-json.ts'
import { sampleManifest } from '../../support/sample-backups.ts'

const manifest = sampleManifest()
const whole = manifestText(manifest)

function failureOf(text: string) {
  try {
    parseManifest(text)
  } catch (error) {
    const { code, message, hint } = asFailure(error)
    return { code, message, hint }
  }
  return undefined
}

/** The manifest with one property changed, sealed anew by hand where sealManifest would refuse. */
// biome-ignore lint/suspicious/noExplicitAny: a test breaks what the type promises
function changed(change: (value: any) => void): string {
  const value = JSON.parse(whole)
  change(value)
  return JSON.stringify(value)
}

function manyPayloads(count: number): Payload[] {
  const [payload] = sampleManifest().payloads
  return Array.from({ length: count }, (_, place) => ({
    ...(payload as Payload),
    file: `tenants/${place} ü\ud800.zst`,
  }))
}

describe('a sealed manifest', () => {
  it('parsing returns the manifest that was written', () => {
    expect(parseManifest(whole)).toEqual(manifest)
  })
  it('the text is indented JSON with a final newline', () => {
    expect(whole).toMatch(/^\{\n {2}"format": "resguardo\/1",\n[\s\S]*\n\}\n$/)
  })
  it('the order of keys and the white space do not matter', () => {
    const reversed = Object.fromEntries(Object.entries(JSON.parse(whole)).reverse())
    expect(parseManifest(JSON.stringify(reversed, null, 7))).toEqual(manifest)
  })
  it('properties of a later version are kept and covered by the digest', () => {
    const later = sealManifest({ ...manifest, later: { b: 1, a: [null] } } as typeof manifest)
    expect(parseManifest(manifestText(later))).toMatchObject({ later: { b: 1, a: [null] } })
    expect(later.digest).not.toBe(manifest.digest)
    expect(failureOf(manifestText(later).replace('"b": 1', '"b": 2'))?.message).toContain('digest')
  })
  it('undefined properties do not change the digest', () => {
    expect(sealManifest({ ...manifest, suspect: undefined } as unknown as typeof manifest).digest).toBe(manifest.digest)
  })
  it('thousands of payloads are parsed unchanged, and the digest is that of the canonical JSON', () => {
    const sealed = sampleManifest(undefined, { payloads: manyPayloads(3000) })
    expect(parseManifest(manifestText(sealed))).toEqual(sealed)
    const { digest, ...rest } = sealed
    const canonical = (value: unknown): string => {
      if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
      if (typeof value !== 'object' || value === null) return JSON.stringify(value)
      const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
      return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`
    }
    expect(digest).toBe(createHash('sha256').update(canonical(rest)).digest('hex'))
  })
  it('one invalid payload among thousands is rejected on writing and on parsing', () => {
    const [payload] = manyPayloads(1)
    for (const last of [{ ...payload, sha256: 'x' }, { ...payload, file: '../x' }, payload]) {
      const payloads = [...manyPayloads(3000), last as Payload]
      expect(() => sampleManifest(undefined, { payloads })).toThrow(expect.objectContaining({ code: 'internal/bug' }))
      const sealed = { ...sampleManifest(), payloads }
      expect(() => parseManifest(JSON.stringify(sealed))).toThrow(expect.objectContaining({ code: 'manifest/damaged' }))
    }
  })
  it('an invalid name is rejected on writing', () => {
    expect(() => sealManifest({ ...manifest, name: '../up' })).toThrow(
      expect.objectContaining({ code: 'internal/bug' }),
    )
  })
})

describe('an invalid manifest', () => {
  it.each([
    ['', 'empty'],
    ['{', 'not JSON'],
    ['[]', 'not a JSON object'],
    ['{}', 'format'],
    ['{"format":"other/1"}', 'format'],
    [whole.slice(0, -10), 'not JSON'],
    [changed((m) => delete m.digest), 'digest'],
    [changed((m) => delete m.payloads), 'payloads'],
    [changed((m) => Object.assign(m, { payloads: [] })), 'payloads'],
    [changed((m) => Object.assign(m, { id: '20261324T020005Z-platform-scheduled-7f3a9c' })), 'id'],
    [changed((m) => Object.assign(m, { trigger: 'manual' })), 'id'],
    [changed((m) => Object.assign(m, { name: 'a/b' })), 'name'],
    [changed((m) => Object.assign(m, { finished: 'yesterday' })), 'finished'],
    [changed((m) => Object.assign(m.payloads[0], { bytes: -1 })), 'payloads[0].bytes'],
    [changed((m) => Object.assign(m.payloads[0], { sha256: 'ABC' })), 'payloads[0].sha256'],
    [changed((m) => m.payloads.push(m.payloads[0])), 'listed twice'],
    [changed((m) => Object.assign(m.payloads[0], { encodings: ['rot13'] })), 'payloads[0].encodings[0]'],
    [changed((m) => Object.assign(m.payloads[0], { encodings: ['zstd', 'zstd'] })), 'payloads[0].encodings'],
    [changed((m) => Object.assign(m.payloads[0], { prefixes: ['0'.repeat(64)] })), '1 prefixes, not 0'],
    [changed((m) => Object.assign(m.payloads[0], { bytes: 2 ** 25 })), '0 prefixes, not 1'],
    [changed((m) => Object.assign(m.database, { encoding: "UTF8'); SELECT 1 --" })), 'encoding'],
    [changed((m) => Object.assign(m, { notes: ['edited'] })), 'digest'],
    [`{"format":"resguardo/1","deep":${'['.repeat(5000)}${']'.repeat(5000)}}`, 'nested'],
    [`{"format":"resguardo/1","many":[${'[],'.repeat(mostValues / 2)}0]}`, 'values'],
  ])('parsing %.40s fails, and the error names the invalid part', (text, part) => {
    expect(failureOf(text)).toMatchObject({ code: 'manifest/damaged', message: expect.stringContaining(part) })
  })
  it('a manifest of a newer format is rejected with its own code', () => {
    expect(failureOf('{"format":"resguardo/2"}')).toMatchObject({ code: 'manifest/newer-format' })
  })
  it('a flipped bit in any byte makes the manifest invalid', () => {
    const bytes = Buffer.from(whole)
    for (let at = 0; at < bytes.length; at += 1) {
      const broken = Buffer.from(bytes)
      broken[at] = (broken[at] ?? 0) ^ 1
      let same = false
      try {
        // White space may change without changing what is said.
        same = JSON.stringify(JSON.parse(broken.toString())) === JSON.stringify(JSON.parse(whole))
      } catch {}
      if (!same) expect(failureOf(broken.toString())?.code, `byte ${at}`).toMatch(/^manifest\/(damaged|newer-format)$/)
    }
  })
})

describe('the path of a payload', () => {
  it.each([
    '../x',
    'a/../x',
    '/etc/passwd',
    'a//b',
    './a',
    'a/.',
    'a/',
    '',
    '..',
    'a\\b',
    'a\0b',
    'manifest.json',
    'SHA256SUMS',
  ])('%j is rejected', (file) => {
    const [payload] = manifest.payloads
    expect(() => sealManifest({ ...manifest, payloads: [{ ...payload, file } as Payload] })).toThrow(
      expect.objectContaining({ code: 'internal/bug', message: expect.stringMatching(/payloads\[0\]\.file/) }),
    )
  })
  it.each(['suspect', 'pins/x', 'drills/x.json', 'keep-until-2026-12-31'])(
    '%j is rejected because it is the name of a mark',
    (file) => {
      const [payload] = manifest.payloads
      expect(() => sealManifest({ ...manifest, payloads: [{ ...payload, file } as Payload] })).toThrow(
        expect.objectContaining({ code: 'internal/bug', message: expect.stringMatching(/payloads\[0\]\.file/) }),
      )
    },
  )
  it.each(['a', 'a/b.dat', '..a', 'a..', '.hidden', '...', 'ü €\n', "it's $(x)"])('%j is accepted', (file) => {
    const [payload] = manifest.payloads
    expect(sealManifest({ ...manifest, payloads: [{ ...payload, file } as Payload] }).payloads[0]?.file).toBe(file)
  })
  it('a path of random segments is accepted only if it stays inside the folder', () => {
    const segment = fc.constantFrom('..', '.', '', 'a', '\\', '\0', '\n', 'b')
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 5 }), (segments) => {
        const file = segments.join('/')
        const safe = file !== '' && file.split('/').every((s) => !['', '.', '..'].includes(s) && !/[\\\0]/.test(s))
        const [payload] = manifest.payloads
        const seal = () => sealManifest({ ...manifest, payloads: [{ ...payload, file } as Payload] })
        if (safe) seal()
        else expect(seal).toThrow()
      }),
    )
  })
})

it('the JSON Schema describes every property of a manifest for each kind', () => {
  type Shape = { properties: object; required: string[]; additionalProperties?: unknown }
  const { oneOf, anyOf } = manifestJsonSchema() as { oneOf?: Shape[]; anyOf?: Shape[] }
  const shapes = oneOf ?? anyOf ?? []
  expect(shapes).toHaveLength(2)
  expect(Object.keys(shapes[0]?.properties ?? {})).toEqual(expect.arrayContaining(Object.keys(manifest)))
  for (const shape of shapes) {
    expect(shape.required).toContain('digest')
    expect(shape.required).not.toContain('suspect')
    expect(shape.additionalProperties).toBeUndefined()
  }
})

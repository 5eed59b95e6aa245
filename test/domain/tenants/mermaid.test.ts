import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mapTenants } from '../../../src/domain/tenants/map-tenants.ts'
import { mermaidOf } from '../../../src/domain/tenants/mermaid.ts'
import { byName, ownershipText } from '../../../src/domain/tenants/ownership-text.ts'
import { anyCharacter } from '../../support/any-character.ts'
import { mapOf, rulesOf, shape, tableOf } from './shapes.ts'

const shop = mapOf(
  [
    shape('Invoice', 'id tenantId countryId', 'countryId>Country'),
    shape('InvoiceLine', 'id invoiceId', 'invoiceId>Invoice'),
    shape('Note', 'id invoiceId? lineId? parentId?', 'invoiceId>Invoice', 'lineId>InvoiceLine', 'parentId>Note'),
    shape('Country', 'id'),
    shape('audit.Log', 'id'),
    shape('Job', 'id'),
  ],
  rulesOf('Job: ignored'),
)

test('the diagram has a solid arrow for each path and dotted arrows to shared tables', () => {
  expect(mermaidOf(shop)).toBe(`flowchart LR
  n0["audit.Log"]:::unreached
  n1["Country"]:::shared
  n2["Invoice"]
  n3["InvoiceLine"]
  n4["Job"]:::ignored
  n5["Note"]
  n6["Tenant"]:::tenant
  n2 -->|"tenantId"| n6
  n2 -.-> n1
  n3 --> n2
  n5 --> n2
  n5 --> n3
  n5 --> n5
  classDef tenant stroke-width:3px
  classDef shared stroke-dasharray:4 3
  classDef unreached stroke:#c00,stroke-dasharray:2 3
  classDef ignored opacity:0.5`)
})

test.each([
  ['Tenant', 'table of tenants'],
  ['Invoice', 'column tenantId'],
  ['InvoiceLine', 'InvoiceLine → Invoice → Tenant'],
  ['Note', 'Note → Invoice → Tenant; Note → InvoiceLine → Invoice → Tenant; Note → Note → …'],
  ['Country', 'shared'],
  ['audit.Log', 'unreached'],
  ['Job', 'ignored'],
])('the ownership of %s is described as: %s', (name, text) => {
  expect(ownershipText(tableOf(shop, name), byName(shop))).toBe(text)
})

test('tables that exist in the schema of every tenant are drawn once', () => {
  const tables = ['a', 'b'].flatMap((tenant) => [
    shape(`${tenant}_data.Order`, 'id c', 'c>Country'),
    shape(`${tenant}_data.Line`, 'id o', `o>${tenant}_data.Order`),
  ])
  const picture = mermaidOf(mapTenants([...tables, shape('Country', 'id')], { ...rulesOf(), schema: '{id}_data' }))
  expect(picture.match(/\["[^"]*"\]/g)).toEqual([
    '["Country"]',
    '["#123;id#125;_data.Order"]',
    '["#123;id#125;_data.Line"]',
  ])
  expect(picture.match(/-\.->/g)).toHaveLength(1)
})

test('markup, newlines and bidirectional control characters in names are escaped', () => {
  const names = fc.oneof(
    fc.string({ minLength: 1, unit: anyCharacter }),
    fc.constantFrom(
      '"]; click n0 "javascript:alert(1)"',
      '`**x**`',
      '#quot;',
      '<b>',
      '%%{init: {}}%%',
      'end',
      'a\nb',
      '\u202egpj',
      '🐘',
    ),
  )
  fc.assert(
    fc.property(names, names, (name, column) => {
      const odd = {
        ...shape('X', 'id'),
        table: name,
        columns: [{ ...shape('X', column || 'c').columns[0], name: column }],
      }
      const map = mapTenants([shape('Tenant', 'id'), odd as ReturnType<typeof shape>], { ...rulesOf(), column })
      for (const line of mermaidOf(map).split('\n')) {
        expect(line).toMatch(
          /^(?:flowchart LR| {2}n\d+\["(?:[\p{L}\p{M}\p{N} ._-]|#\d+;)*"\](?::::\w+)?| {2}n\d+ -->\|"(?:[\p{L}\p{M}\p{N} ._-]|#\d+;)*"\| n\d+| {2}classDef .*)$/u,
        )
      }
    }),
  )
})

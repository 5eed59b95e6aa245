// One form for definitions that PostgreSQL prints in two ways with the same meaning (docs/decisions/0014).
import { joinSql, type SqlGroup, type SqlPart, splitSql } from './sql-groups.ts'

/** What a definition must contain for one of the rules to apply. */
const concerned = /\bARRAY\[|\b(?:AND|OR)\b|^CREATE POLICY\b/
/** Characters of the longest definition that is split; no person writes longer ones. */
const longest = 1 << 20

/**
 * The definition in its normal form. PostgreSQL reads its own print differently in two cases, so that a restore prints
 * it again in another way: it applies the cast of an array constructor to the elements (`CHECK (x IN (…))` of a
 * varchar), and joins nested ANDs and ORs. pg_dump prints the roles of a policy in the order of the server's catalogue.
 * Anything else stays as it is, and so do quoted texts: function bodies, strings, names.
 */
export function normalizeDefinition(definition: string): string {
  const text = definition.trim()
  const parts = text.length <= longest && concerned.test(text) ? splitSql(text) : undefined
  return parts === undefined ? text : joinSql(sortRoles(normalize(parts)))
}

function normalize(parts: readonly SqlPart[]): readonly SqlPart[] {
  const inner = parts.map((part) => (typeof part === 'string' ? part : { ...part, parts: normalize(part.parts) }))
  return flatten(castElements(inner))
}

/** `CREATE POLICY p ON t TO b, a USING (…)` becomes `CREATE POLICY p ON t TO a, b USING (…)`. */
function sortRoles(parts: readonly SqlPart[]): readonly SqlPart[] {
  if (parts[0] !== 'CREATE' || parts[1] !== 'POLICY') return parts
  const from = parts.indexOf('TO') + 1
  if (from === 0) return parts
  const length = parts.slice(from).findIndex((part) => part === 'USING' || part === 'WITH' || part === ';')
  const roles = length === -1 ? parts.slice(from) : parts.slice(from, from + length)
  const sorted = separate(roles, ',').map(joinSql).sort()
  return [
    ...parts.slice(0, from),
    ...sorted.flatMap((role, at) => (at === 0 ? [role] : [',', role])),
    ...parts.slice(from + roles.length),
  ]
}

/** `(ARRAY[a, b])::type[]` becomes `ARRAY[(a)::type, (b)::type]`. */
function castElements(parts: readonly SqlPart[]): readonly SqlPart[] {
  const result: SqlPart[] = []
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at] as SqlPart
    const elements = parts[at + 1] === '::' ? arrayIn(part) : undefined
    const type = elements && arrayType(parts, at + 2)
    if (elements === undefined || type === undefined) result.push(part)
    else {
      result.push(...arrayOf(elements, type))
      at += 1 + type.length + 1 // the cast, the type and its brackets
    }
  }
  return result
}

/** What stands in the brackets of a group `(ARRAY[…])`. */
function arrayIn(part: SqlPart): SqlGroup | undefined {
  if (typeof part === 'string' || part.open !== '(' || part.parts.length !== 2) return undefined
  const [word, elements] = part.parts
  return word === 'ARRAY' && typeof elements === 'object' && elements.open === '[' ? elements : undefined
}

/** Words behind the first one of a type's name. */
const typeWords = /^(varying|precision|with|without|time|zone|year|month|day|hour|minute|second|to)$/

/** The element type of the array type that begins at `from`. */
function arrayType(parts: readonly SqlPart[], from: number): readonly SqlPart[] | undefined {
  if (typeof parts[from] !== 'string') return undefined
  let at = from + 1
  while (parts[at] === '.') at += 2
  for (let part = parts[at]; part !== undefined; part = parts[at]) {
    if (typeof part === 'string' ? !typeWords.test(part) : part.open !== '(') break
    at += 1
  }
  const end = parts[at]
  return typeof end === 'object' && end.open === '[' && end.parts.length === 0 ? parts.slice(from, at) : undefined
}

function arrayOf({ parts }: SqlGroup, type: readonly SqlPart[]): SqlPart[] {
  const elements = separate(parts, ',').flatMap((element, at) => [...(at === 0 ? [] : [',']), ...castOf(element, type)])
  return ['ARRAY', { open: '[', parts: elements }]
}

/** An inner array of an array with several dimensions is cast element by element, too. */
function castOf(element: readonly SqlPart[], type: readonly SqlPart[]): SqlPart[] {
  const [word, inner] = element
  if (word === 'ARRAY' && element.length === 2 && typeof inner === 'object' && inner.open === '[')
    return arrayOf(inner, type)
  return element.length === 0 ? [] : [{ open: '(', parts: element }, '::', ...type]
}

/** `(a AND b) AND c` becomes `a AND b AND c`, within one pair of parentheses; the same with OR. */
function flatten(parts: readonly SqlPart[]): readonly SqlPart[] {
  const operator = operatorOf(parts)
  if (operator === undefined) return parts
  const isEdge = (neighbor: SqlPart | undefined): boolean => neighbor === undefined || neighbor === operator
  return parts.flatMap((part, at) => {
    if (typeof part === 'string' || part.open !== '(' || operatorOf(part.parts) !== operator) return [part]
    return isEdge(parts[at - 1]) && isEdge(parts[at + 1]) ? part.parts : [part]
  })
}

/**
 * AND or OR if the parts are operands with one of these between them. BETWEEN has an AND of its own in window frames.
 */
function operatorOf(parts: readonly SqlPart[]): 'AND' | 'OR' | undefined {
  if (parts.includes('BETWEEN')) return undefined
  const [and, or] = [parts.includes('AND'), parts.includes('OR')]
  return and === or ? undefined : and ? 'AND' : 'OR'
}

function separate(parts: readonly SqlPart[], separator: string): SqlPart[][] {
  const lists: SqlPart[][] = [[]]
  for (const part of parts) {
    if (part === separator) lists.push([])
    else lists.at(-1)?.push(part)
  }
  return lists
}

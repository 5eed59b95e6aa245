// The combinations of a matrix.
// https://docs.github.com/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations
import { isDeepStrictEqual } from 'node:util'
import { isObject, type Json, type JsonObject } from './json.ts'

function list(value: Json | undefined, name: string): readonly Json[] {
  if (!Array.isArray(value)) throw new Error(`the matrix's '${name}' is not a list`)
  return value
}

function objects(value: Json | undefined, name: string): JsonObject[] {
  return list(value ?? [], name).map((item) => {
    if (!isObject(item)) throw new Error(`an item of the matrix's '${name}' is not a mapping`)
    return item
  })
}

function agrees(row: JsonObject, wanted: JsonObject): boolean {
  return Object.entries(wanted).every(([key, value]) => isDeepStrictEqual(row[key], value))
}

/**
 * One object per job; `[null]` if there is no matrix. An `include` extends the rows that it does not contradict in any
 * axis; if there are none, it is a row itself.
 */
export function expandMatrix(matrix: Json): Json[] {
  if (matrix === null) return [null]
  if (!isObject(matrix)) throw new Error('the matrix is not a mapping')
  const { include, exclude, ...axes } = matrix
  let rows: JsonObject[] = Object.keys(axes).length === 0 ? [] : [{}]
  for (const [axis, values] of Object.entries(axes)) {
    rows = rows.flatMap((row) => list(values, axis).map((value) => ({ ...row, [axis]: value })))
  }
  const excluded = objects(exclude, 'exclude')
  const original = rows.filter((row) => !excluded.some((item) => agrees(row, item)))
  const expanded = original.map((row) => ({ ...row }))
  const added: JsonObject[] = []
  for (const item of objects(include, 'include')) {
    const ofAxes = Object.fromEntries(Object.entries(item).filter(([key]) => key in axes))
    const extended = expanded.filter((_, index) => agrees(original[index] ?? {}, ofAxes))
    for (const row of extended) Object.assign(row, item)
    if (extended.length === 0) added.push({ ...item })
  }
  const all = [...expanded, ...added]
  if (all.length === 0) throw new Error('the matrix has no combinations')
  if (all.length > 256) throw new Error(`the matrix has ${all.length} combinations: GitHub allows 256`)
  return all
}

/** The parenthesized part of a job's name: the matrix's values, flattened. */
export function matrixLabel(row: Json): string {
  const values = (value: Json): string[] =>
    Array.isArray(value)
      ? value.flatMap(values)
      : isObject(value)
        ? Object.values(value).flatMap(values)
        : [String(value)]
  return row === null ? '' : ` (${values(row).join(', ')})`
}

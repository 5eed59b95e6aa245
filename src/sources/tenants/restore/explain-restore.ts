// What PostgreSQL says while a tenant comes back, as a Failure with what to do next.
import type pg from 'pg'
import { Failure } from '../../../domain/failure.ts'
import type { FailureCode } from '../../../domain/failure-codes.ts'
import { explainPostgres } from '../../postgres/errors.ts'

export function explainRestore(error: unknown, where: string, request: { readonly as?: string }): Failure {
  if (error instanceof Failure) return error
  const said = error as Partial<pg.DatabaseError>
  const { code = '' } = said
  const what = [said.message, said.detail, said.where].filter(Boolean).join(' · ').replaceAll(/\s+/g, ' ').slice(0, 600)
  const fail = (failure: FailureCode, sentence: string, hint: string): Failure =>
    new Failure(failure, `${sentence}: ${what}`, { hint, cause: error })
  if (code === '23503') {
    return /still referenced/.test(said.detail ?? '')
      ? fail(
          'tenant/broken-reference',
          'rows of other tables refer to the tenant’s, so all was undone',
          'Remove those, or say with --tenant-rule that their table is the tenant’s, and back up again.',
        )
      : fail(
          'tenant/broken-reference',
          'a row of the backup refers to one that is not there, so all was undone',
          'If that is a row which tenants share: back up with --include-shared, and restore with it. Else restore what it refers to first.',
        )
  }
  if (code === '23505' || code === '23P01') {
    return fail(
      'tenant/rows-taken',
      'a row of the backup clashes with one that is not this tenant’s, so all was undone',
      request.as === undefined
        ? 'Another tenant, or nobody, has that key or value now: change it there, or restore into another database.'
        : 'A copy cannot have what must be unique: change it in the original for the time being, or restore into another database. For keys there is --remap-keys.',
    )
  }
  if (code.startsWith('23')) {
    return fail(
      'tenant/constraint-violated',
      'a row of the backup breaks a rule of the database, so all was undone',
      'The rule is younger than the backup, or was not checked then: relax it for the restore, or mend the row.',
    )
  }
  if (code.startsWith('22')) {
    return fail(
      'tenant/zip-damaged',
      'a value of the backup cannot be read, so all was undone',
      'The type of the column has changed since the backup; or the ZIP was made by something else.',
    )
  }
  if (code === '40P01' || code === '40001') {
    return fail(
      'postgres/deadlock',
      'the restore and other sessions waited for each other, so all was undone',
      'Run again, best when the tenant is not being used.',
    )
  }
  if (/row-level security/.test(said.message ?? '')) {
    return fail(
      'postgres/row-security',
      'row-level security hides rows from this role',
      'Restore with the owner of the tables (without FORCE ROW LEVEL SECURITY), or a role with BYPASSRLS.',
    )
  }
  if (code === '42501') {
    return fail(
      'postgres/permission-denied',
      `the role may not do this on ${where}`,
      'Restore with the owner of the tables: rows are read, inserted and deleted, sequences moved on, and with --triggers off triggers disabled.',
    )
  }
  return explainPostgres(error, where)
}

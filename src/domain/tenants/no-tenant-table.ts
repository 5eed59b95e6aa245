// A database that has no table of tenants may simply have no tenants.
import { Failure } from '../failure.ts'

/** The table that was named, or is the usual one, is not there. */
export class NoTenantTable extends Failure {
  constructor(sentence: string, hint: string) {
    super('usage', sentence, { hint })
  }
}

// The one failure of tenants that somebody else may know what to make of.
import { Failure } from '../failure.ts'

/** No such tenant in a database. What was not there need not be backed up, and a backup of that database does not hold it. */
export class UnknownTenant extends Failure {
  constructor(sentence: string, hint: string) {
    super('usage', sentence, { hint })
  }
}

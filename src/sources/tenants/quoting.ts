// Names and texts in SQL, quoted by the driver.
import pg from 'pg'

/** `"Product"`. */
export const id = pg.escapeIdentifier
/** `'text'`. */
export const text = pg.escapeLiteral

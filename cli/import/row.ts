/** One row of what is imported: what stood in the file, and the customer that it means. */
import type { JsonObject } from '../../engine/model.ts'

export interface RowError {
  /** As it is called in the file. */
  column?: string
  message: string
}

export interface Row {
  /** The line of the file on which it begins. */
  line: number
  /** As it stood there: cells, a JSON object, or a line that is none. */
  given: readonly string[] | JsonObject | string
  /** Absent: what is wrong is known here already. */
  customer?: JsonObject & { id: string }
  errors: RowError[]
}

/** What is read of one file. */
export interface Table {
  rows: AsyncIterable<Row>
  /** What its CSV is like; undefined: it is JSON. */
  csv: { header: readonly string[]; delimiter: string } | undefined
  /** Where in the file the field of a profile comes from. */
  columnOf(path: string): string | undefined
}

/** The name under which a file of refused rows tells why. It is never sent. */
export const REASON = 'premura.refused'

/** Longer than any customer: a quote that nobody closed, or no list of customers at all. */
export const LONGEST_ROW = 1024 * 1024

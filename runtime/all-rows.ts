/** Reads of a whole partition: a page of DynamoDB's ends at 1 MB, and what stands behind it counts as much. */
import type { QueryOptions, Row, Table } from './ports.ts'

/** Every row that a query finds, page after page. For what is short by nature, and must be complete. */
export async function allRows(
  table: Table,
  pk: string,
  options: Omit<QueryOptions, 'cursor' | 'limit'> = {},
): Promise<Row[]> {
  const rows: Row[] = []
  let cursor: string | undefined
  do {
    const page = await table.query(pk, { ...options, ...(cursor !== undefined && { cursor }) })
    rows.push(...page.rows)
    cursor = page.cursor
  } while (cursor !== undefined)
  return rows
}

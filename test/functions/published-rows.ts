/** What publishing leaves in the table, short enough to be compared across processes. */
import { digest } from '../../runtime/ingest.ts'
import type { MemoryWorld } from '../memory-world.ts'

/** Programs and compiled mails: the row's key and a digest of what is in it. */
export function publishedRows({ table }: MemoryWorld): { [row: string]: string } {
  const rows = table.all().filter(({ pk, sk }) => pk.startsWith('W#') && sk.startsWith('v#'))
  return Object.fromEntries(rows.map(({ pk, sk, body = '' }) => [`${pk} ${sk}`, digest(body)]))
}

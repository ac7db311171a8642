/** An import from its first byte to its summary: read, checked and sent at the same time, with little of it in memory. */
import { type Call, Failure } from '../command.ts'
import { deploymentOf } from '../deployment.ts'
import { counted } from '../terminal.ts'
import { openSource, type Source, unpacked } from './bytes.ts'
import type { CsvOptions } from './csv.ts'
import { textOf } from './decode.ts'
import { Rejects } from './rejects.ts'
import { Report } from './report.ts'
import type { Row, RowError, Table } from './row.ts'
import { SeenIds } from './seen-ids.ts'
import { Sending } from './sending.ts'
import { openTable } from './table.ts'

export interface ImportOptions extends CsvOptions {
  encoding: string | undefined
  rejects: string | undefined
  dryRun: boolean
}

/** More than a profile may be: the deployment need not be asked. */
const LARGEST = 64 * 1024
const SHOWN_EVERY_MS = 200

/** @returns the exit code */
export async function runImport(call: Call, name: string, options: ImportOptions): Promise<number> {
  const source = await openSource(call, name)
  try {
    return await importFrom(call, name, source, options)
  } finally {
    await source.close()
  }
}

async function importFrom(call: Call, name: string, source: Source, options: ImportOptions): Promise<number> {
  const startedAt = call.around.now()
  const table = await openTable(textOf(unpacked(source.bytes), options.encoding), options)
  const rejects =
    options.rejects === undefined ? undefined : await Rejects.open(call.around.cwd, options.rejects, table)
  const report = new Report()
  const refuse = async (refused: { row: Row; errors: readonly RowError[] }[]) => {
    for (const { row, errors } of refused) report.refuse(row, errors)
    if (refused.length > 0) await rejects?.add(refused)
  }
  const sending = new Sending(call, deploymentOf(call), options.dryRun, async ({ rows, rejected }) => {
    report.imported += rows.length - rejected.length
    await refuse(
      rejected.flatMap(({ index, errors }) => {
        const row = rows[index]
        return row ? [{ row, errors: errors.map((error) => inFile(table, error)) }] : []
      }),
    )
  })
  const bar = new Bar(call, source, report)
  const unread = await read(table, sending, { report, refuse, bar })
  await sending.end()
  await rejects?.close()
  bar.end()
  const stop = sending.trouble ?? unread ?? ((await source.changed()) ? changed(name) : undefined)
  const from = sending.openFrom
  const seconds = Math.round((call.around.now() - startedAt) / 100) / 10
  return report.tell(call, {
    dryRun: options.dryRun,
    seconds,
    ...(options.rejects !== undefined && { rejects: options.rejects }),
    ...(stop && { stop }),
    ...(from !== undefined && { from }),
  })
}

interface Around {
  report: Report
  refuse(refused: { row: Row; errors: readonly RowError[] }[]): Promise<void>
  bar: Bar
}

/** Reads until the end, or until something is in the way. @returns what that is, if it is the file’s fault */
async function read(
  table: Table,
  sending: Sending,
  { report, refuse, bar }: Around,
): Promise<Failure | undefined> {
  const seen = new SeenIds()
  try {
    for await (const row of table.rows) {
      const { customer, line, errors } = row
      const bytes = customer ? Buffer.byteLength(JSON.stringify(customer)) : 0
      if (!customer) await refuse([{ row, errors }])
      else if (bytes > LARGEST)
        await refuse([{ row, errors: [{ message: `Is larger than any profile may be (${bytes} bytes).` }] }])
      else {
        if (!seen.add(customer.id)) report.repeat(line, customer.id)
        await sending.add({ ...row, customer }, bytes)
      }
      bar.show()
      if (sending.trouble) return undefined
    }
    return undefined
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
}

/** The place of an error as the file calls it. */
function inFile(table: Table, { path, message }: { path: string; message: string }): RowError {
  const column = table.columnOf(path) ?? path
  return column === '' ? { message } : { column, message }
}

const changed = (name: string): Failure =>
  new Failure(
    `${name} changed while it was read.`,
    'Import it again, once nobody writes to it: what is there already stays.',
  )

/** How far it is: by bytes where their number is known, and in any case by customers. */
class Bar {
  readonly #call: Call
  readonly #source: Source
  readonly #report: Report
  #shownAt = 0

  constructor(call: Call, source: Source, report: Report) {
    this.#call = call
    this.#source = source
    this.#report = report
  }

  show(): void {
    const { progress, now } = this.#call.around
    if (!progress || now() - this.#shownAt < SHOWN_EVERY_MS) return
    this.#shownAt = now()
    const { read, size } = this.#source.done()
    const share = size === undefined || size === 0 ? undefined : Math.min(1, read / size)
    const full = Math.floor((share ?? 0) * 30)
    const drawn =
      share === undefined ? '' : `${'█'.repeat(full)}${'░'.repeat(30 - full)} ${Math.floor(share * 100)} %  `
    const { imported, refused } = this.#report
    progress(`${drawn}${counted(imported, 'customer')}, ${refused} refused`)
  }

  end(): void {
    this.#call.around.progress?.()
  }
}

/** What an import has come to: counted, with the first rows that were refused. */
import type { Call, Failure } from '../command.ts'
import { counted, paint } from '../terminal.ts'
import { reasonText } from './rejects.ts'
import type { Row, RowError } from './row.ts'

/** Rows that are told one by one: to people, and to machines. */
const TOLD = 20
const LISTED = 1000

interface Refusal {
  line: number
  id?: string
  errors: readonly RowError[]
}

export class Report {
  imported = 0
  refused = 0
  repeated = 0
  readonly #refusals: Refusal[] = []
  readonly #repeats: { line: number; id: string }[] = []

  refuse({ line, customer }: Row, errors: readonly RowError[]): void {
    this.refused++
    if (this.#refusals.length >= LISTED) return
    this.#refusals.push({ line, ...(customer && { id: customer.id }), errors })
  }

  repeat(line: number, id: string): void {
    this.repeated++
    if (this.#repeats.length < TOLD) this.#repeats.push({ line, id })
  }

  /** @returns the exit code */
  tell(
    call: Call,
    end: { dryRun: boolean; seconds: number; rejects?: string; stop?: Failure; from?: number },
  ): number {
    const { dryRun, seconds, rejects, stop, from } = end
    const refusals = this.#refusals.sort((one, other) => one.line - other.line)
    for (const { line, errors } of refusals.slice(0, TOLD))
      for (const error of errors)
        call.say(`${paint.red('refused')} line ${line}: ${short(reasonText(error))}`)
    if (this.refused > TOLD)
      call.say(
        `${counted(this.refused - TOLD, 'more row')} refused${rejects === undefined ? ' (--rejects FILE keeps them all)' : ''}.`,
      )
    for (const { line, id } of this.#repeats)
      call.say(
        `${paint.yellow('repeated')} line ${line}: ${short(id)} stood in the file before; the later row counts.`,
      )
    if (this.repeated > TOLD) call.say(`${counted(this.repeated - TOLD, 'more row')} repeated.`)
    const fine = dryRun
      ? `${counted(this.imported, 'customer')} could be imported`
      : `${counted(this.imported, 'customer')} imported`
    const told = [
      fine,
      `${this.refused} refused`,
      ...(this.repeated > 0 ? [`${this.repeated} repeated`] : []),
    ]
    call.say(`${told.join(', ')}, in ${seconds} seconds${dryRun ? ' (dry run: nothing was written)' : ''}.`)
    if (rejects !== undefined && this.refused > 0)
      call.say(`What was refused is in ${rejects}: mend it there and import that.`)
    if (stop) {
      call.note(`${paint.red('stopped')} ${stop.message}`)
      if (stop.hint !== undefined) for (const line of stop.hint.split('\n')) call.note(`        ${line}`)
      if (from !== undefined)
        call.note(`        Everything before line ${from} is done: go on with --from ${from}`)
    }
    call.json({
      ok: this.refused === 0 && !stop,
      dryRun,
      imported: this.imported,
      refused: this.refused,
      repeated: this.repeated,
      seconds,
      rows: refusals,
      ...(stop && { stopped: { message: stop.message, ...(from !== undefined && { from }) } }),
    })
    return this.refused > 0 || stop ? 1 : 0
  }
}

const short = (text: string): string =>
  (text.length > 300 ? `${text.slice(0, 300)}…` : text).replace(/[\r\n]+/g, ' ')

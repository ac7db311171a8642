/** The rows that were refused, with the reason, in the form in which they came: to be mended and imported again. */
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Failure } from '../command.ts'
import { harmless } from './harmless.ts'
import { REASON, type Row, type RowError, type Table } from './row.ts'

export class Rejects {
  readonly #file: FileHandle
  readonly #path: string
  readonly #csv: Table['csv']
  #written = 0
  #last: Promise<void> = Promise.resolve()

  private constructor(file: FileHandle, path: string, csv: Table['csv']) {
    this.#file = file
    this.#path = path
    this.#csv = csv
  }

  /** @throws Failure when it is there already, so that nothing is overwritten */
  static async open(cwd: string, name: string, { csv }: Table): Promise<Rejects> {
    const path = resolve(cwd, name)
    const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      throw new Failure(
        code === 'EEXIST' ? `${name} exists already.` : `${name} cannot be written (${code}).`,
      )
    })
    return new Rejects(file, path, csv)
  }

  /** One after the other, in whatever order they are told. */
  async add(rows: readonly { row: Row; errors: readonly RowError[] }[]): Promise<void> {
    let text = this.#written === 0 && this.#csv ? `\uFEFF${this.#line([REASON, ...this.#csv.header])}` : ''
    this.#written += rows.length
    for (const { row, errors } of rows) text += this.#textOf(row, plainText(errors.map(reasonText).join(' ')))
    this.#last = this.#last.then(() => this.#file.appendFile(text))
    await this.#last
  }

  /** An empty one goes again. */
  async close(): Promise<void> {
    await this.#last
    await this.#file.close()
    if (this.#written === 0) await unlink(this.#path)
  }

  #textOf({ given }: Row, reason: string): string {
    // A line that is no JSON stays as it is: nothing can stand beside it.
    if (typeof given === 'string') return `${given.replaceAll('\n', ' ')}\n`
    if (isCells(given)) return this.#line([reason, ...given])
    const { [REASON]: _, ...rest } = given
    return `${JSON.stringify({ [REASON]: reason, ...rest })}\n`
  }

  #line(cells: readonly string[]): string {
    // Of an earlier file of this kind, the first column is the reason that held then.
    const [reason = '', ...others] = cells
    const own = this.#csv?.header[0] === REASON ? others.slice(1) : others
    return `${[reason, ...own].map((cell) => this.#cell(cell)).join(this.#csv?.delimiter ?? ',')}\r\n`
  }

  #cell(text: string): string {
    const cell = harmless(text)
    const plain = !/["\r\n]|^\s|\s$/.test(cell) && !cell.includes(this.#csv?.delimiter ?? ',')
    return plain ? cell : `"${cell.replaceAll('"', '""')}"`
  }
}

export const reasonText = ({ column, message }: RowError): string =>
  `${column === undefined ? '' : `${column}: `}${message}`

/** As one line of plain text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: taking them out is the point
const plainText = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')

const isCells = (given: Row['given']): given is readonly string[] => Array.isArray(given)

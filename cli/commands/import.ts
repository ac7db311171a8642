/** `premura import`: brings the customers that a shop has. */
import { dateOrders } from '../import/cells.ts'
import { readMappings } from '../import/columns.ts'
import { encodingNamed } from '../import/decode.ts'
import { type Call, type Command, UsageError } from '../command.ts'

export const importCommand: Command = {
  name: 'import',
  summary: 'bring customers from a file: CSV or JSON, packed with gzip or not',
  operands: '<file | ->',
  description: [
    'Merges each row into what is known of its customer, and creates whom nobody knows; nothing is removed, so that importing again does no harm. The file is CSV with a line of names, NDJSON or a JSON array, also packed with gzip; - is standard input.',
    'In a CSV a cell is a text, so that zeros in front survive; an empty one says nothing. true and false are what they say, except in fields that Premura knows; consent.TOPIC answers for a topic. Dates are 2026-04-03, or --dates says how they are written. A dot in a name makes an object: address.city.',
    'A row that is wrong is refused with its line, and the others go on. docs/importing.md tells more.',
  ].join('\n'),
  options: {
    map: {
      type: 'string',
      multiple: true,
      value: 'COLUMN=FIELD',
      help: 'what a column is (id, email, consent.news, …), FIELD:number, :boolean, :date or :text says its type; no FIELD leaves it out',
    },
    dates: { type: 'string', value: 'ORDER', help: 'dates are written dmy, mdy or ymd' },
    delimiter: {
      type: 'string',
      value: 'SIGN',
      help: 'what parts the cells, tab for a tab (default: found out)',
    },
    encoding: {
      type: 'string',
      value: 'NAME',
      help: 'windows-1252, utf-16le, … (default: UTF-8, or what its mark says)',
    },
    'dry-run': { type: 'boolean', help: 'have everything checked, and nothing written' },
    rejects: {
      type: 'string',
      value: 'FILE',
      help: 'write the refused rows there, to be mended and imported again',
    },
    from: { type: 'string', value: 'LINE', help: 'go on from this line' },
  },
  examples: [
    'premura import customers.csv --dry-run',
    'premura import customers.csv --map "Customer number=id" --map "Newsletter=consent.news" --rejects refused.csv',
    'zcat export.ndjson.gz | premura import - --url https://care.example.com',
  ],
  remote: true,
  async run(call) {
    const [name, ...more] = call.operands
    if (name === undefined || more.length > 0) throw new UsageError('Name one file, or - for standard input.')
    const options = {
      mappings: readMappings(call.texts('map')),
      dates: orderOf(call),
      delimiter: delimiterOf(call),
      encoding: encodingNamed(call.text('encoding')),
      from: fromOf(call),
      rejects: call.text('rejects'),
      dryRun: call.flag('dry-run'),
    }
    // Brings a library that no other command needs.
    const { runImport } = await import('../import/run.ts')
    return await runImport(call, name, options)
  },
}

function orderOf(call: Call) {
  const said = call.text('dates')
  const order = dateOrders.find((one) => one === said)
  if (said !== undefined && !order)
    throw new UsageError(`--dates takes ${dateOrders.join(', ')}, not ${said}.`)
  return order
}

function delimiterOf(call: Call): string | undefined {
  const said = call.text('delimiter')
  if (said === undefined) return undefined
  const sign = said === 'tab' || said === '\\t' ? '\t' : said
  if ([...sign].length !== 1 || /["\r\n]/.test(sign))
    throw new UsageError(`--delimiter takes one sign, or tab, not ${said}.`)
  return sign
}

function fromOf(call: Call): number {
  const said = call.text('from') ?? '1'
  if (!/^[1-9]\d{0,14}$/.test(said)) throw new UsageError(`--from takes the number of a line, not ${said}.`)
  return Number(said)
}

/** Files that nobody should be harmed by: each is refused with a word that helps, or taken for what it is. */
import { mkdir, symlink, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { harmless, unharmed } from '../../cli/import/harmless.ts'
import { SeenIds } from '../../cli/import/seen-ids.ts'
import { importing } from './importing.ts'

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Uint8Array.from(part))))
const bomb = gzipSync(`id\n${`${'x'.repeat(100_000)}\n`.repeat(400)}`, { level: 9 })
const list = 'id,city\na,Torino\nb,Forlì\n'

const refused: [what: string, file: string | Uint8Array, said: string, words?: string][] = [
  ['an empty file', '', 'It is empty.'],
  ['nothing but blanks', ' \r\n\n', 'It is empty.'],
  ['an Excel workbook', bytes('PK', [3, 4, 20, 0]), 'In a spreadsheet, save it as CSV'],
  ['an old Excel workbook', bytes([0xd0, 0xcf, 0x11, 0xe0]), 'save it as CSV'],
  ['a workbook that is packed', gzipSync(bytes('PK', [3, 4, 20, 0])), 'save it as CSV'],
  ['a file that is packed twice', gzipSync(gzipSync(list)), 'packed twice'],
  ['a file that is packed otherwise', bytes([0x28, 0xb5, 0x2f, 0xfd, 0]), 'zstd'],
  ['a page', '<html><table>', 'This is HTML or XML'],
  ['a packed file that is cut off', gzipSync(list).subarray(0, 30), 'cut off'],
  ['a packed file that is damaged', bytes([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8]), 'cannot be unpacked'],
  ['a gzip bomb', bomb, 'unpacks to far more'],
  ['letters of windows-1252', bytes('id,city\na,Torino\nb,Forl', [0xec], '\n'), 'Line 3 is not UTF-8'],
  ['a letter that is cut in two at the end', bytes('id\na', [0xc3]), 'Line 2 is not UTF-8'],
  [
    'the same with ends of an old Mac',
    bytes('id,city\ra,Torino\rb,Forl', [0xec], '\r'),
    'Line 3 is not UTF-8',
  ],
  ['UTF-16 without a mark', Buffer.from(list, 'utf16le'), '--encoding utf-16le'],
  ['an encoding that is not known', list, 'no encoding that is known', '--encoding ebcdic'],
  ['a quote that nobody closed', 'id,city\na,x\nb,"To\nc,d\n', 'A quote opens in the row of line 3'],
  [
    'one that swallows the rest of a large file',
    `id,city\na,x\nb,"${'To\n'.repeat(700_000)}`,
    'on line 3 goes on',
  ],
  [
    'a cell of 100 MB',
    `id,city\na,${'x'.repeat(100_000_000)}\n`,
    'on line 2 goes on for more than a megabyte',
  ],
  ['a line of JSON of 100 MB', `{"id":"a"}\n{"id":"${'x'.repeat(100_000_000)}"}`, 'on line 2 goes on'],
  ['a list that is nested without end', `[${'['.repeat(2_000_000)}`, 'on line 1 goes on'],
  ['a list that is cut off', '[{"id":"a"},{"id"', 'cut off'],
  ['something behind the list', '[{"id":"a"}]\n[]', 'Something follows the end of the list, on line 2'],
  ['one object over many lines', '{\n"id": "a"\n}', 'neither one object a line nor an array'],
  ['a type in JSON', '{"id":"a"}', 'In JSON a value says itself', '--map points=points:number'],
  ['a header of __proto__', 'id,__proto__\na,b\n', 'cannot be called __proto__'],
  ['a header that reaches it', 'id,a.__proto__.b\na,b\n', 'cannot be called a.__proto__.b'],
  ['a column that is there twice', 'id,city,city\na,b,c\n', 'Two columns are called city.'],
  ['two columns of one field', 'id,a,b\na,b,c\n', 'a and b would be the same field', '--map a=x --map b=x'],
  ['a field within another', 'id,size,size.shoe\na,b,c\n', 'would be the same field'],
  ['no id', 'kundennummer,city\na,b\n', '--map COLUMN=id. There are kundennummer, city.'],
  ['a header in other letters', 'id,E-Mail\na,b\n', '--map "E-Mail=email"'],
  ['a column that is not there', list, 'Did you mean city?', '--map citi=x'],
  [
    'ten thousand columns',
    `id,${Array.from({ length: 10_000 }, (_, n) => `c${n}`).join(',')}\n`,
    'There are 10001 columns',
  ],
  ['a name that no field may have', `id,${'x'.repeat(200)}\na,b\n`, 'cannot be a field'],
  ['a mapping that is none', list, '--map city is not COLUMN=FIELD', '--map city'],
  ['a mapping that is there twice', list, 'says twice what city is', '--map city=a --map city=b'],
  ['an order of dates that is none', list, '--dates takes dmy, mdy, ymd', '--dates ddmmyy'],
  ['a delimiter of two signs', list, '--delimiter takes one sign', '--delimiter ;;'],
  ['a line that is no number', list, '--from takes the number', '--from x'],
]

test.each(refused)('%s is refused with a word that helps', async (_, file, said, words = '') => {
  const { run, requests } = await importing({ file })
  const { code, out, err } = await run(`import file ${words}`.trim())
  expect([code > 0, out + err]).toEqual([true, expect.stringContaining(said)])
  expect(requests.flat().length).toBeLessThan(2)
})

const taken: [what: string, file: string | Uint8Array, expected: object, words?: string][] = [
  ['a mark of UTF-8', `\uFEFFid,city\na,Forlì\n`, { city: 'Forlì' }],
  ['UTF-16 with a mark', Buffer.from(`\uFEFFid\tcity\na\tForlì €\n`, 'utf16le'), { city: 'Forlì €' }],
  [
    'UTF-16 the other way around',
    Buffer.from(`\uFEFFid\tcity\na\tForlì\n`, 'utf16le').swap16(),
    { city: 'Forlì' },
  ],
  [
    'windows-1252 by name',
    bytes('id;city\na;Forl', [0xec, 0x80], '\n'),
    { city: 'Forlì€' },
    '--encoding Latin1',
  ],
  ['what Excel says first', 'sep=;\r\nid;city\r\na;x, y\r\n', { city: 'x, y' }],
  ['a delimiter by name', 'id,x\tcity\na\tb\n', { city: 'b' }, '--delimiter tab --map id,x=id'],
  ['delimiters within quotes', '"id";"a,b,c,d"\na;x\n', { 'a,b,c,d': 'x' }],
  ['ends of an old Mac', 'id,city\ra,b\r', { city: 'b' }],
  ['ends of all kinds', 'id,city\r\nb,x\na,b\rc,d', { city: 'b' }],
  ['cells that look like formulas', 'id,a,b\na,"=HYPERLINK(""x"")",@x\n', { a: '=HYPERLINK("x")', b: '@x' }],
  ['names of what every object has', 'id,constructor,toString\na,x,y\n', { constructor: 'x', toString: 'y' }],
  ['a quote within a cell', 'id,a\na,5" pipe\n', { a: '5" pipe' }],
  ['empty lines and cells at the ends', 'id,a,,\n,,,\n\na,b,,,,\n', { a: 'b' }],
  [
    'numbers only where they are said to be',
    'id,a,b,zip\na,007,1e3,00184\n',
    { a: 7, b: '1e3', zip: '00184' },
    '--map a=a:number',
  ],
  [
    'dates as they are said to be',
    'id,a,b\na,3/4/2026,03.04.2026 9:30\n',
    { a: '2026-04-03', b: '2026-04-03T09:30' },
    '--dates dmy',
  ],
  ['dates of Americans', 'id,a\na,3/4/2026\n', { a: '2026-03-04' }, '--dates mdy'],
  ['dates with the year in front', 'id,a\na,2026/3/4\n', { a: '2026-03-04' }, '--dates ymd'],
  ['a text that looks like a date', 'id,a\na,3/4/2026\n', { a: '3/4/2026' }, '--map a=a:text'],
  ['a column that is left out', 'id,a,b\na,x,y\n', { b: 'y' }, '--map a='],
  ['fields of fields', 'id,size.shoe,size.hat\na,x,y\n', { size: { shoe: 'x', hat: 'y' } }],
]

test.each(taken)('%s is taken for what it is', async (_, file, expected, words = '') => {
  const { run, profile } = await importing({ file })
  expect(await run(`import file ${words}`.trim())).toMatchObject({ code: 0, err: '' })
  expect(await profile('a')).toEqual({ id: 'a', ...expected })
})

test.each([
  ['a NUL', 'id,a\nx,b\0\n', 'line 2: a: Holds a NUL byte'],
  ['a cell too many', 'id,a\nx,b,c\n', 'line 2: Has 3 cells, and the header 2.'],
  ['a cell without a column', 'id,\nx,b\n', 'line 2: Cell 2 is in a column without a name.'],
  ['a date that may be two', 'id,a\nx,03/04/2026\n', 'say --dates dmy, mdy or ymd'],
  [
    'an escape that would steer the terminal',
    'id,vip\nx,\u001B[2J\u0007\n',
    'is "␛[2J␇"',
    '--map vip=vip:boolean',
  ],
  [
    'a topic that is not there',
    'id,consent.nothing\nx,true\n',
    'line 2: consent.nothing: There is no topic "nothing"',
  ],
  [
    'an answer that is none',
    'id,consent.offers\nx,perhaps\n',
    'Must be true or false (yes, no, 1, 0), and is "perhaps".',
  ],
  ['a profile that is too large', `id,a\nx,${'y'.repeat(100_000)}\n`, 'Is larger than any profile may be'],
  ['a date in another order', 'id,a\nx,31/12/2026\n', 'is no date as mdy', '--dates mdy'],
])('a row with %s is refused, and the others go on', async (_, file, said, words = '') => {
  const { run, profile } = await importing({
    file: `${file}last${','.repeat((file.split('\n')[0] ?? '').split(',').length - 1)}\n`,
  })
  expect(await run(`import file ${words}`.trim())).toMatchObject({
    code: 1,
    out: expect.stringContaining(said),
  })
  expect(await profile('last')).toEqual({ id: 'last' })
})

describe('what is no file', () => {
  test('is said to be what it is', async () => {
    const { run, cwd } = await importing({ 'c.csv': 'id\na\n' })
    await mkdir(join(cwd, 'folder'))
    await symlink('/dev/zero', join(cwd, 'zero'))
    await symlink('c.csv', join(cwd, 'link'))
    expect((await run('import nowhere.csv')).err).toContain('There is no file nowhere.csv.')
    expect((await run('import folder')).err).toContain('folder is a folder.')
    expect((await run('import zero')).err).toContain('zero is no file.')
    expect((await run('import link')).code).toBe(0)
    expect((await run('import -')).err).toContain('There is no standard input here.')
    expect((await run('import')).code).toBe(2)
  })

  test('or becomes another one while it is read', async () => {
    const { run, cwd, instead } = await importing({ 'c.csv': 'id\na\n' })
    instead.answer = () => {
      instead.answer = undefined
      return truncate(join(cwd, 'c.csv'), 3).then(() => Response.json({ accepted: ['a'], rejected: [] }))
    }
    expect(await run('import c.csv')).toMatchObject({
      code: 1,
      err: expect.stringContaining('changed while it was read'),
    })
  })
})

test('no cell of a file for people is a formula, and each comes back as it was', () => {
  const cell = fc.string({ unit: fc.constantFrom(..."'=+-@\t\r\n \u00a0\uFF1Dab"), maxLength: 8 })
  fc.assert(
    fc.property(cell, (text) => {
      expect(unharmed(harmless(text))).toBe(text)
      expect(harmless(text)).not.toMatch(/^\s*[=+\-@\uFF1D]|^[\t\r\n]/)
    }),
    { numRuns: 2000 },
  )
})

test('an id is known again, and no other is taken for it', () => {
  const seen = new SeenIds()
  const ids = Array.from({ length: 20_000 }, (_, n) => `customer-${n}`)
  expect(ids.every((id) => seen.add(id))).toBe(true)
  expect(ids.some((id) => seen.add(id))).toBe(false)
})

test('no more than some requests are ahead of what was answered, however long the list is', async () => {
  const { run } = await importing()
  const [chunks, rows] = [80, 250]
  let made = 0
  let answered = 0
  let most = 0
  const input = async function* () {
    yield Buffer.from('id,note\n')
    for (; made < chunks * rows; made += rows)
      yield Buffer.from(Array.from({ length: rows }, (_, n) => `c-${made + n},${'x'.repeat(300)}\n`).join(''))
  }
  const fetch: typeof globalThis.fetch = async (_, init) => {
    most = Math.max(most, made - answered)
    const sent = String(init?.body).split('"id"').length - 1
    // Whoever answers takes longer than whoever reads.
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    answered += sent
    return Response.json({ accepted: [], rejected: [] })
  }
  expect((await run('import -', { input: input(), fetch })).out).toContain('20000 customers imported')
  expect(answered).toBe(chunks * rows)
  expect(most).toBeLessThan(5000)
})

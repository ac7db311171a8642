/** `premura import` against the HTTP app: what goes in comes out as profiles, however it is interrupted. */
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { importing } from './importing.ts'

const list = `id;email;firstName;consent.offers;points;phone;cap;birthday;vip
anna;anna@example.it;Anna;true;12,5;+393331234567;00184;1990-03-14;TRUE
bo;bo@example.it;"Bo ""the; Great""";no;;;;;
`

describe('premura import', () => {
  test('brings a list, with every cell as it stands, and again without harm', async () => {
    const { run, profile, requests } = await importing({ 'c.csv': list })
    const ran = await run('import c.csv')
    expect(ran).toEqual({ code: 0, out: '2 customers imported, 0 refused, in 0 seconds.\n', err: '' })
    const anna = {
      id: 'anna',
      email: 'anna@example.it',
      firstName: 'Anna',
      consent: { offers: true },
      points: '12,5',
      phone: '+393331234567',
      cap: '00184',
      birthday: '1990-03-14',
      vip: true,
    }
    expect(await profile('anna')).toEqual(anna)
    expect(await run('import c.csv --json')).toMatchObject({
      code: 0,
      out: expect.stringContaining('"imported": 2'),
    })
    expect(await profile('anna')).toEqual(anna)
    expect(requests.map((rows) => rows.map(({ id }) => id))).toEqual([
      ['anna', 'bo'],
      ['anna', 'bo'],
    ])
  })

  test('refuses rows one by one with line and column, and keeps them to be mended and imported again', async () => {
    const { run, profile, read, write } = await importing({
      'c.csv':
        'Nummer,E-Mail,Nachname,Punkte,Seit\n1,anna@example.it,=1+1,7,2020-01-02\n\n2,nowhere,-Bo,7,\n3,,"@x, y",many,03/04/2026\n,c@example.it,,,\n4,d@example.it\n5,,Ok,,,,\n',
    })
    const words =
      'import c.csv --map Nummer=id --map E-Mail=email --map Nachname=lastName --map Punkte=points:number --rejects r.csv'
    const ran = await run(words)
    expect(ran.code).toBe(1)
    expect(ran.out).toBe(`refused line 4: E-Mail: Must be an email address, for example anna@example.it.
refused line 5: Punkte: Must be a number such as 12 or 12.5, and is "many".
refused line 5: Seit: "03/04/2026" may be two dates: say --dates dmy, mdy or ymd (or --map COLUMN=FIELD:text).
refused line 6: Nummer: Is empty.
refused line 7: Has 2 cells, and the header 5.
2 customers imported, 4 refused, in 0 seconds.
What was refused is in r.csv: mend it there and import that.
`)
    expect(await profile('1')).toEqual({
      id: '1',
      email: 'anna@example.it',
      lastName: '=1+1',
      points: 7,
      Seit: '2020-01-02',
    })
    const rejects = await read('r.csv')
    for (const cell of rejects.replace('\uFEFF', '').split(/\r\n|,/)) expect(cell).not.toMatch(/^"?[=+\-@\t]/)
    expect(rejects).toContain(`,2,nowhere,'-Bo,7,\r\n`)
    // As it is, it is refused as it was; mended, it goes in with the cells that it had.
    expect(
      (await run(words.replace('c.csv', 'r.csv').replace('--rejects r.csv', '--rejects again.csv'))).code,
    ).toBe(1)
    const lines = (text: string) => text.split('\r\n').sort()
    expect(lines(await read('again.csv'))).toEqual(lines(rejects))
    await write({ 'mended.csv': rejects.replace('nowhere', 'bo@example.it').replace(',many,', ',8,') })
    const mended = await run(words.replace('c.csv', 'mended.csv').replace('r.csv', 's.csv --dates dmy'))
    expect(mended.out).toContain('2 customers imported, 2 refused')
    expect(await profile('2')).toEqual({ id: '2', email: 'bo@example.it', lastName: '-Bo', points: 7 })
    expect(await profile('3')).toEqual({ id: '3', lastName: '@x, y', points: 8, Seit: '2026-04-03' })
    expect((await run(words)).err).toContain('r.csv exists already.')
  })

  test.each([
    ['a line each', '{"id":"anna","points":12,"tags":["a"]}\n\n{"id":"bo","phone":null}'],
    ['an array', ' [ {"id":"anna",\n "points":12,"tags":["a"]} ,\n{"id":"bo","phone":null} ]\n'],
    ['a list of one line', '[{"id":"anna","points":12,"tags":["a"]},{"id":"bo","phone":null}]'],
  ])('brings JSON, %s', async (_, text) => {
    const { run, profile, api } = await importing({ 'c.json': text, 'c.gz': gzipSync(text) })
    await api.put('/v1/customers/bo', { phone: '+393331234567', tier: 'gold' })
    for (const file of ['c.json', 'c.gz', '-'])
      expect(
        await run(`import ${file}`, {
          input: (async function* () {
            for (const byte of Buffer.from(text)) yield Uint8Array.of(byte)
          })(),
        }),
      ).toMatchObject({ code: 0, out: expect.stringContaining('2 customers imported') })
    expect(await profile('anna')).toEqual({ id: 'anna', points: 12, tags: ['a'] })
    expect(await profile('bo')).toEqual({ id: 'bo', tier: 'gold' })
  })

  test('refuses JSON row by row, too, and keeps what was refused as NDJSON', async () => {
    const text =
      '{"id":"a","email":"x"}\n{"id":7}\nnonsense\n[]\n{"kunde":"b","x":{"__proto__":{"y":1}}}\n{"kunde":"c"}\n'
    const { run, read, profile } = await importing({ 'c.ndjson': text })
    const { code, out } = await run('import c.ndjson --map kunde=id --rejects r.ndjson')
    expect([code, out.split('\n').slice(0, 5)]).toEqual([
      1,
      [
        'refused line 1: email: Must be an email address, for example anna@example.it.',
        'refused line 2: id: Must be a text.',
        'refused line 3: Is no JSON.',
        'refused line 4: Is no JSON object.',
        'refused line 5: x.__proto__: "__proto__" is not allowed as a name.',
      ],
    ])
    expect(await profile('c')).toEqual({ id: 'c' })
    const rejects = await read('r.ndjson')
    expect((await run('import r.ndjson --map kunde=id --rejects s.ndjson')).code).toBe(1)
    expect((await read('s.ndjson')).split('\n').sort()).toEqual(rejects.split('\n').sort())
  })

  test('has everything checked, and nothing written, when asked', async () => {
    const { run, api } = await importing({ 'c.csv': 'id,email\na,a@example.it\nb,nowhere\n' })
    const before = JSON.stringify(api.world.table.all())
    expect(await run('import c.csv --dry-run')).toMatchObject({
      code: 1,
      out: expect.stringContaining(
        '1 customer could be imported, 1 refused, in 0 seconds (dry run: nothing was written).',
      ),
    })
    expect(JSON.stringify(api.world.table.all())).toBe(before)
  })

  test('tells of ids that come twice, and the later row counts, however far apart they are', async () => {
    const many = Array.from({ length: 1200 }, (_, n) => `c-${n},first`)
    const { run, profile, api } = await importing({
      'c.csv': ['id,tier', ...many, 'c-3,second', 'c-1199,second'].join('\n'),
    })
    let asked = 0
    const slow: typeof fetch = async (input, init) => {
      // The first request is on its way for longer than all that follow.
      if (++asked === 1)
        for (let turn = 0; turn < 300; turn++) await new Promise((resolve) => setImmediate(resolve))
      return await api.app.request(String(input), init)
    }
    const { code, out } = await run('import c.csv', { fetch: slow })
    expect([code, out]).toEqual([
      0,
      'repeated line 1202: c-3 stood in the file before; the later row counts.\nrepeated line 1203: c-1199 stood in the file before; the later row counts.\n1202 customers imported, 0 refused, 2 repeated, in 0 seconds.\n',
    ])
    expect([await profile('c-3'), await profile('c-1199')]).toMatchObject([
      { tier: 'second' },
      { tier: 'second' },
    ])
  })

  test('waits as it is told, and repeats what was not answered', async () => {
    const { run, instead, slept, profile } = await importing({ 'c.csv': 'id\na\n' })
    const answers: (() => Promise<Response>)[] = [
      () => Promise.reject(new TypeError('fetch failed')),
      async () => Response.json({ status: 429 }, { status: 429, headers: { 'retry-after': '7' } }),
      async () => Response.json({ status: 503 }, { status: 503 }),
    ]
    instead.answer = () => answers.shift()?.()
    expect((await run('import c.csv')).code).toBe(0)
    expect(slept).toEqual([1000, 7000, 4000])
    expect(await profile('a')).toEqual({ id: 'a' })
  })

  test('says where to go on when the deployment is gone, and goes on there', async () => {
    const rows = Array.from({ length: 1700 }, (_, n) => `c-${n}`)
    const { run, instead, requests } = await importing({ 'c.csv': ['id', ...rows].join('\n') })
    let asked = 0
    instead.answer = () => (++asked > 2 ? Promise.reject(new TypeError('fetch failed')) : undefined)
    const ran = await run('import c.csv')
    expect(ran).toMatchObject({ code: 1, out: '1000 customers imported, 0 refused, in 0 seconds.\n' })
    expect(ran.err).toContain('stopped No deployment answers at http://127.0.0.1:8787')
    expect(ran.err).toContain('Everything before line 1002 is done: go on with --from 1002')
    instead.answer = undefined
    expect((await run('import c.csv --from 1002')).out).toBe(
      '700 customers imported, 0 refused, in 0 seconds.\n',
    )
    expect(requests.flat().map(({ id }) => id)).toEqual(rows)
  })

  test('does not wait long for a deployment that never answered', async () => {
    const { run, instead, slept } = await importing({ 'c.csv': 'id\na\n' })
    instead.answer = () => Promise.reject(new TypeError('fetch failed'))
    expect(await run('import c.csv')).toMatchObject({
      code: 1,
      err: expect.stringContaining('go on with --from 2'),
    })
    expect(slept).toEqual([1000, 2000])
  })

  test('needs a key that may, and tells so once', async () => {
    const { run, api } = await importing({ 'c.csv': 'id\na\n' })
    const { code, err } = await run('import c.csv', { env: { PREMURA_KEY: await api.key('events:write') } })
    expect([code, err]).toEqual([
      1,
      expect.stringContaining('premura keys create --name NAME --scope customers:write'),
    ])
  })

  test('shows how far it is to whoever looks on', async () => {
    const { run } = await importing({
      'c.csv': `id\n${Array.from({ length: 3000 }, (_, n) => `c-${n}`).join('\n')}`,
    })
    const [shown, clock]: [(string | undefined)[], { at: number }] = [[], { at: 0 }]
    await run('import c.csv', { progress: (text) => shown.push(text), now: () => (clock.at += 300) })
    expect(shown.at(-1)).toBeUndefined()
    expect(shown.at(-2)).toMatch(/^█{30} 100 % {2}\d+ customers, 0 refused$/)
  })

  test('is, for any rows, what the rows say', { timeout: 60_000 }, async () => {
    const text = fc
      .string({ unit: fc.constantFrom(...'ab"\',;\t\r\n=+-@ è€😀|'), maxLength: 12 })
      .filter((cell) => cell !== '')
    const rows = fc.uniqueArray(
      fc.record({ note: fc.option(text), 'my city': fc.option(text), size: fc.option(text) }),
      { minLength: 1, maxLength: 12 },
    )
    const shapes = fc.record({
      delimiter: fc.constantFrom(',', ';', '\t', '|'),
      end: fc.constantFrom('\n', '\r\n', '\r'),
      encode: fc.constantFrom(
        (csv: string) => Buffer.from(csv),
        (csv: string) => Buffer.from(`\uFEFF${csv}`),
        (csv: string) => Buffer.from(`\uFEFF${csv}`, 'utf16le'),
        (csv: string) => gzipSync(csv),
      ),
    })
    const { run, profile, write } = await importing()
    let n = 0
    await fc.assert(
      fc.asyncProperty(rows, shapes, async (customers, { delimiter, end, encode }) => {
        n++
        const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`
        const lines = customers.map((row, index) =>
          [`c-${n}-${index}`, row.note, row['my city'], row.size]
            .map((cell) => quoted(cell ?? ''))
            .join(delimiter),
        )
        const csv = [['id', 'note', 'my city', 'address.size'].join(delimiter), ...lines].join(end)
        await write({ 'c.csv': encode(csv) })
        expect(await run('import c.csv')).toMatchObject({ code: 0, err: '' })
        for (const [index, { note, size, ...row }] of customers.entries())
          expect(await profile(`c-${n}-${index}`)).toEqual({
            id: `c-${n}-${index}`,
            ...(note !== null && { note }),
            ...(row['my city'] !== null && { 'my city': row['my city'] }),
            ...(size !== null && { address: { size } }),
          })
      }),
      { numRuns: 60 },
    )
  })
})

/** What every table does, whoever keeps it. */
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Condition, Page, QueryOptions, Row, Table, WriteResult } from '../../runtime/ports.ts'

export interface TableUnderTest {
  table: Table
  /** Moves the clock that expiry is compared with. */
  setNow(now: number): void
  close(): Promise<void>
}

const start = Date.UTC(2027, 2, 14, 9)

export function tableSuite(name: string, open: () => Promise<TableUnderTest>): void {
  describe(`table: ${name}`, () => {
    let under: TableUnderTest
    let table: Table
    // A table outlives a run where it is somebody's endpoint: nothing may depend on what is already there.
    const run = Math.random().toString(36).slice(2)
    let partitions = 0
    const partition = () => `T#${run}#${partitions++}`

    beforeAll(async () => {
      under = await open()
      table = under.table
      under.setNow(start)
    })
    afterAll(() => under.close())

    const absent: Condition = { kind: 'absent' }
    const any: Condition = { kind: 'any' }

    async function fill(pk: string, keys: string[]): Promise<void> {
      for (const sk of keys) await table.put({ pk, sk, body: sk }, any)
    }

    async function keys(pk: string, options?: QueryOptions): Promise<string[]> {
      return (await table.query(pk, options)).rows.map((row) => row.sk)
    }

    async function allPages(
      next: (cursor?: string) => Promise<Page>,
    ): Promise<{ rows: Row[]; pages: number }> {
      const rows: Row[] = []
      let cursor: string | undefined
      for (let pages = 1; ; pages++) {
        const page = await next(cursor)
        rows.push(...page.rows)
        cursor = page.cursor
        if (cursor === undefined) return { rows, pages }
      }
    }

    test('gives back every part of a row as it was put', async () => {
      const pk = partition()
      const row: Row = {
        pk,
        sk: '#orders/Ελλάδα',
        body: '{"name":"Zoë 🌷","quote":"\\""}',
        rev: 7,
        expiresAt: start + 86_400_000,
        counters: { sent: 3, 'by.step': 1.5, négatif: -2 },
      }
      await expect(table.put(row, any)).resolves.toEqual({ ok: true })
      expect(await table.get(pk, row.sk)).toEqual(row)
      expect((await table.query(pk)).rows).toEqual([row])
    })

    test('keeps an empty body apart from none', async () => {
      const pk = partition()
      await table.put({ pk, sk: 'empty', body: '' }, any)
      await table.put({ pk, sk: 'none' }, any)
      expect((await table.query(pk)).rows).toEqual([
        { pk, sk: 'empty', body: '' },
        { pk, sk: 'none' },
      ])
    })

    test('knows nothing of a row that nobody put', async () => {
      const pk = partition()
      expect(await table.get(pk, 'x')).toBeUndefined()
      expect(await table.query(pk)).toEqual({ rows: [] })
    })

    test('a put replaces the whole row', async () => {
      const pk = partition()
      await table.put({ pk, sk: 'a', body: '1', rev: 1, counters: { n: 1 } }, any)
      await table.put({ pk, sk: 'a', rev: 2 }, any)
      expect(await table.get(pk, 'a')).toEqual({ pk, sk: 'a', rev: 2 })
    })

    test('a conflict shows the row that stands in the way', async () => {
      const pk = partition()
      const first: Row = { pk, sk: 'a', body: 'first', rev: 1, counters: { n: 2 } }
      expect(await table.put(first, absent)).toEqual({ ok: true })
      expect(await table.put({ ...first, body: 'second' }, absent)).toEqual({ ok: false, conflict: first })
      expect(await table.put({ ...first, rev: 3 }, { kind: 'rev', rev: 2 })).toEqual({
        ok: false,
        conflict: first,
      })
      expect(await table.delete(pk, 'a', { kind: 'rev', rev: 2 })).toEqual({ ok: false, conflict: first })
      expect(await table.get(pk, 'a')).toEqual(first)
    })

    test('a write to a revision of a row that is gone conflicts with nothing', async () => {
      const pk = partition()
      const nothing: WriteResult = { ok: false, conflict: undefined }
      expect(await table.put({ pk, sk: 'a', rev: 2 }, { kind: 'rev', rev: 1 })).toEqual(nothing)
      expect(await table.delete(pk, 'a', { kind: 'rev', rev: 1 })).toEqual(nothing)
      expect(await table.get(pk, 'a')).toBeUndefined()
    })

    test('a row that is deleted is gone, and deleting it again changes nothing', async () => {
      const pk = partition()
      await table.put({ pk, sk: 'a', rev: 1 }, absent)
      expect(await table.delete(pk, 'a', { kind: 'rev', rev: 1 })).toEqual({ ok: true })
      expect(await table.get(pk, 'a')).toBeUndefined()
      expect(await table.delete(pk, 'a')).toEqual({ ok: true })
    })

    test('of fifty who create a row, one does', async () => {
      const pk = partition()
      const rows = Array.from(
        { length: 50 },
        (_, index): Row => ({ pk, sk: 'a', body: `by ${index}`, rev: 1 }),
      )
      const results = await Promise.all(rows.map((row) => table.put(row, absent)))
      const winners = rows.filter((_, index) => results[index]?.ok)
      expect(winners).toHaveLength(1)
      for (const result of results) if (!result.ok) expect(result.conflict).toEqual(winners[0])
      expect(await table.get(pk, 'a')).toEqual(winners[0])
    })

    test('of fifty who write the same bytes to the same revision, one does', async () => {
      const pk = partition()
      await table.put({ pk, sk: 'a', rev: 1 }, absent)
      const writes = Array.from({ length: 50 }, () =>
        table.put({ pk, sk: 'a', rev: 2 }, { kind: 'rev', rev: 1 }),
      )
      const results = await Promise.all(writes)
      expect(results.filter((result) => result.ok)).toHaveLength(1)
    })

    test('read, change, write: nothing that was acknowledged is overwritten unseen', async () => {
      const pk = partition()
      await table.put({ pk, sk: 'a', body: '[]', rev: 0 }, absent)
      const append = async (who: number) => {
        let row = await table.get(pk, 'a')
        for (;;) {
          const rev = row?.rev ?? 0
          const body = JSON.stringify([...JSON.parse(row?.body ?? '[]'), who])
          const result = await table.put({ pk, sk: 'a', body, rev: rev + 1 }, { kind: 'rev', rev })
          if (result.ok) return
          row = result.conflict
        }
      }
      await Promise.all(Array.from({ length: 12 }, (_, who) => append(who)))
      const row = await table.get(pk, 'a')
      expect(row?.rev).toBe(12)
      expect(JSON.parse(row?.body ?? '[]').sort((a: number, b: number) => a - b)).toEqual([
        ...Array(12).keys(),
      ])
    })

    test('adds to counters of a row that did not exist, and answers what they are after', async () => {
      const pk = partition()
      expect(await table.add(pk, 'd', { sent: 2 })).toEqual({ sent: 2 })
      expect(await table.add(pk, 'd', { sent: 1, 'opened.a-b': 5 })).toEqual({ sent: 3, 'opened.a-b': 5 })
      expect(await table.add(pk, 'd', { sent: -3 })).toMatchObject({ sent: 0 })
      expect(await table.get(pk, 'd')).toEqual({ pk, sk: 'd', counters: { sent: 0, 'opened.a-b': 5 } })
    })

    test('adding leaves the rest of a row alone', async () => {
      const pk = partition()
      await table.put({ pk, sk: 'd', body: 'b', rev: 4 }, any)
      await table.add(pk, 'd', { n: 1 })
      expect(await table.get(pk, 'd')).toEqual({ pk, sk: 'd', body: 'b', rev: 4, counters: { n: 1 } })
    })

    test('no addition is lost among two hundred at the same time', async () => {
      const pk = partition()
      await Promise.all(
        Array.from({ length: 200 }, (_, index) => table.add(pk, 'd', { n: 1, [`c${index % 3}`]: 2 })),
      )
      expect((await table.get(pk, 'd'))?.counters).toEqual({ n: 200, c0: 134, c1: 134, c2: 132 })
    })

    test('orders a partition by the bytes of its sort keys', async () => {
      const pk = partition()
      const sorted = ['!', '#a', '#a#2', '#b', 'E#1', 'E#10', 'E#2', 'z', 'é', '｡', '🌷']
      await fill(pk, [...sorted].reverse())
      expect(await keys(pk)).toEqual(sorted)
      expect(await keys(pk, { newestFirst: true })).toEqual([...sorted].reverse())
      expect(await keys(pk, { consistent: false })).toEqual(sorted)
    })

    test('reads ranges and prefixes of sort keys', async () => {
      const pk = partition()
      await fill(pk, ['!', '#w#1', '#w#2', '#ww#1', 'E#1', 'E#2'])
      expect(await keys(pk, { prefix: '#w#' })).toEqual(['#w#1', '#w#2'])
      expect(await keys(pk, { prefix: '' })).toHaveLength(6)
      expect(await keys(pk, { prefix: '#w', newestFirst: true, limit: 2 })).toEqual(['#ww#1', '#w#2'])
      expect(await keys(pk, { from: '#w#2' })).toEqual(['#w#2', '#ww#1', 'E#1', 'E#2'])
      expect(await keys(pk, { to: '#w#2' })).toEqual(['!', '#w#1', '#w#2'])
      expect(await keys(pk, { from: '#w#2', to: 'E#1' })).toEqual(['#w#2', '#ww#1', 'E#1'])
      expect(await keys(pk, { from: 'E', to: '#' })).toEqual([])
      expect(await keys(pk, { prefix: '#w', from: '#w#2' })).toEqual(['#w#2', '#ww#1'])
      expect(await keys(pk, { prefix: '#w', to: '#w#1' })).toEqual(['#w#1'])
      expect(await keys(pk, { prefix: 'E#', from: '#', to: 'F' })).toEqual(['E#1', 'E#2'])
      expect(await keys(pk, { prefix: 'E#', to: '#' })).toEqual([])
    })

    test('any range of any keys is what a list of them would give', async () => {
      const key = fc.string({
        unit: fc.constantFrom('#', '!', 'a', 'b', '1', 'é', '\u{1f337}'),
        minLength: 1,
        maxLength: 4,
      })
      const range = fc.record(
        { from: key, to: key, prefix: key, newestFirst: fc.boolean() },
        { requiredKeys: [] },
      )
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(key, { maxLength: 12 }), range, async (all, options) => {
          const pk = partition()
          await Promise.all(all.map((sk) => table.put({ pk, sk }, any)))
          const bytes = (text: string) => Buffer.from(text)
          const expected = all
            .filter((sk) => options.prefix === undefined || sk.startsWith(options.prefix))
            .filter((sk) => options.from === undefined || Buffer.compare(bytes(sk), bytes(options.from)) >= 0)
            .filter((sk) => options.to === undefined || Buffer.compare(bytes(sk), bytes(options.to)) <= 0)
            .sort((a, b) => Buffer.compare(bytes(a), bytes(b)))
          if (options.newestFirst) expected.reverse()
          expect(await keys(pk, options)).toEqual(expected)
        }),
        { numRuns: 60 },
      )
    })

    test('pages go through everything once, in both directions', async () => {
      const pk = partition()
      const all = Array.from({ length: 25 }, (_, index) => `k${String(index).padStart(2, '0')}`)
      await fill(pk, all)
      for (const newestFirst of [false, true]) {
        const { rows, pages } = await allPages((cursor) =>
          table.query(pk, { prefix: 'k', newestFirst, limit: 10, ...(cursor !== undefined && { cursor }) }),
        )
        expect(pages).toBeGreaterThanOrEqual(3)
        expect(rows.map((row) => row.sk)).toEqual(newestFirst ? [...all].reverse() : all)
      }
    })

    test('a partition larger than a page of the store comes in pages too', async () => {
      const pk = partition()
      const body = 'x'.repeat(200_000)
      await Promise.all(
        Array.from({ length: 8 }, (_, index) => table.put({ pk, sk: `k${index}`, body }, any)),
      )
      const { rows } = await allPages((cursor) => table.query(pk, cursor === undefined ? {} : { cursor }))
      expect(rows.map((row) => row.sk)).toEqual([...Array(8).keys()].map((index) => `k${index}`))
    })

    test('a scan sees every row once, whatever the number of segments', async () => {
      const mine = Array.from({ length: 40 }, () => partition())
      await Promise.all(mine.map((pk) => table.put({ pk, sk: 'a' }, any)))
      for (const segments of [1, 3]) {
        const seen: string[] = []
        for (let segment = 0; segment < segments; segment++) {
          const { rows } = await allPages((cursor) =>
            table.scan({ segment, segments, ...(cursor !== undefined && { cursor }) }),
          )
          seen.push(...rows.map((row) => row.pk))
        }
        expect(seen.filter((pk) => mine.includes(pk)).sort()).toEqual([...mine].sort())
      }
    })

    test('a scan brings the rows of a partition one behind the other, in the order of their sort keys', async () => {
      const mine = [partition(), partition()]
      const sks = ['!', '"shelf', '#a', '#b', 'E#1', 'Z#a']
      await Promise.all(
        mine.flatMap((pk) => sks.toReversed().map((sk) => table.put({ pk, sk, body: 'x' }, any))),
      )
      const { rows } = await allPages((cursor) =>
        table.scan({ segment: 0, segments: 1, ...(cursor !== undefined && { cursor }) }),
      )
      for (const pk of mine) {
        const first = rows.findIndex((row) => row.pk === pk)
        expect(rows.slice(first, first + sks.length).map((row) => [row.pk, row.sk])).toEqual(
          sks.map((sk) => [pk, sk]),
        )
      }
    })

    test('a row past its expiry is as good as gone, though the store may still have it', async () => {
      const pk = partition()
      const row: Row = { pk, sk: 'a', body: 'old', rev: 1, expiresAt: start + 60_000 }
      await table.put(row, absent)
      under.setNow(start + 59_000)
      expect(await table.get(pk, 'a')).toEqual(row)
      under.setNow(start + 60_000)
      expect(await table.get(pk, 'a')).toBeUndefined()
      expect(await table.query(pk)).toEqual({ rows: [] })
      expect(await table.put({ pk, sk: 'a', body: 'new', rev: 1 }, absent)).toEqual({ ok: true })
      expect(await table.get(pk, 'a')).toEqual({ pk, sk: 'a', body: 'new', rev: 1 })
      under.setNow(start)
    })

    test('refuses a row that is too large, and keeps what was there', async () => {
      const pk = partition()
      await table.put({ pk, sk: 'a', body: 'small' }, any)
      await expect(table.put({ pk, sk: 'a', body: 'x'.repeat(410_000) }, any)).rejects.toThrow(/size/i)
      expect((await table.get(pk, 'a'))?.body).toBe('small')
    })
  })
}

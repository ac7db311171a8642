import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Line } from '../../local/cloud/line.ts'
import { SentLately } from '../../local/cloud/sent-lately.ts'
import { openStore } from '../../local/cloud/store.ts'

test('a line gives what a list would give, however long it was', () => {
  // Positive: so many come; negative: so many are taken.
  const steps = fc.array(fc.integer({ min: -1500, max: 1500 }), { maxLength: 30 })
  fc.assert(
    fc.property(steps, (moves) => {
      const line = new Line<number>()
      const list: number[] = []
      let next = 0
      for (const move of moves) {
        for (let n = 0; n < move; n++) {
          line.push(next)
          list.push(next++)
        }
        for (let n = move; n < 0; n++) {
          expect(line.peek()).toBe(list[0])
          expect(line.take()).toBe(list.shift())
        }
      }
      expect(line.peek()).toBe(list[0])
    }),
    { numRuns: 30 },
  )
})

test('after a flood, ids are forgotten a part at a time, and none is taken for a repeat meanwhile', async () => {
  const store = await openStore(null)
  const lately = await SentLately.open(store, () => {})
  const ids = Array.from({ length: 250 }, (_, n) => `d${n}`)
  for (const [n, id] of ids.entries())
    await store.write([lately.note(id, 1000, { id: `m${n}`, seq: String(n) })])
  lately.written(ids, true)
  expect(lately.find('d7', 300_999)?.answer).toEqual({ id: 'm7', seq: '7' })
  expect(ids.filter((id) => lately.find(id, 301_000))).toEqual([])
  // One is sent again, and is remembered anew when the first is forgotten.
  await store.write([lately.note('d7', 301_000, { id: 'again', seq: '900' })])
  lately.written(['d7'], true)
  const parts: number[] = []
  for (let n = 0; n < 4; n++) {
    const changes = lately.forget(301_000, n)
    await store.write(changes)
    parts.push(changes.length)
  }
  expect(parts).toEqual([100, 102, 48, 0])
  expect(lately.find('d7', 301_000)?.answer).toEqual({ id: 'again', seq: '900' })
  const left: string[] = []
  await SentLately.open(store, (seq) => left.push(seq))
  expect(left).toEqual(['900'])
})

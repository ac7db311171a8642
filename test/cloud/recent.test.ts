/** Partitions kept in memory: whatever comes when, nobody reads less than what was acknowledged before. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { RecentPartitions } from '../../local/cloud/recent.ts'
import { type Change, openStore, type Range, type Store } from '../../local/cloud/store.ts'

const keys = ['00', '30', '31', '3f', '40'].map((sk) => `item~premura~abc123/43/${sk}/`)
const other = 'item~premura~abc123/44/30/'
const partition = 'item~premura~abc123/43/'
const ranges: Range[] = [
  { gte: partition, lt: `${partition}~` },
  { gte: partition, lte: `${partition}3f/~` },
  { gte: `${partition}30/`, lte: `${partition}31/~` },
  { gte: `${partition}31/`, lt: `${partition}~`, reverse: true },
]

/** A store whose every call takes effect and answers when the test says. */
function slow(inner: Store, turn: (label: string) => Promise<void>): Store {
  return {
    get: (key) => inner.get(key),
    async read(range, visit) {
      await turn('reads')
      const found: [string, string][] = []
      await inner.read(range, (key, value) => found.push([key, value]) > 0)
      await turn('has read')
      for (const [key, value] of found) if (!visit(key, value)) return
    },
    async write(changes) {
      await turn('writes')
      await inner.write(changes)
      await turn('has written')
    },
    close: () => inner.close(),
  }
}

const step = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), keys: fc.subarray([...keys, other], { minLength: 1 }) }),
  fc.record({ kind: fc.constant('read' as const), range: fc.constantFrom(...ranges) }),
  fc.record({ kind: fc.constant('get' as const), key: fc.constantFrom(...keys) }),
)

test('whoever reads sees at least what was acknowledged before, and nothing that nobody wrote', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 }),
      async (scheduler, actors) => {
        const turn = async (label: string) => {
          await scheduler.schedule(Promise.resolve(), label)
        }
        const store = new RecentPartitions(slow(await openStore(null), turn))
        /** Each write has a number, and each key is written by one actor at a time, as under the item's lock. */
        let next = 1
        const acknowledged = new Map<string, number>()
        const begun = new Map<string, number>()
        const locked = new Set<string>()
        const holds = (key: string, value: string | undefined, least: number | undefined) => {
          expect(Number(value ?? 0)).toBeGreaterThanOrEqual(least ?? 0)
          expect(Number(value ?? 0)).toBeLessThanOrEqual(begun.get(key) ?? 0)
        }
        const actor = async (steps: (typeof actors)[number]) => {
          for (const one of steps) {
            if (one.kind === 'put') {
              const free = one.keys.filter((key) => !locked.has(key))
              const number = next++
              for (const key of free) {
                locked.add(key)
                begun.set(key, number)
              }
              await store.write(free.map((key): Change => ({ type: 'put', key, value: String(number) })))
              for (const key of free) {
                locked.delete(key)
                acknowledged.set(key, number)
              }
            } else if (one.kind === 'get') {
              holds(one.key, store.get(one.key), acknowledged.get(one.key))
            } else {
              const least = new Map(acknowledged)
              const seen = new Map<string, string>()
              await store.read(one.range, (key, value) => seen.set(key, value) !== undefined)
              const inOrder = [...seen.keys()].toSorted()
              expect([...seen.keys()]).toEqual(one.range.reverse ? inOrder.toReversed() : inOrder)
              const { gte = '', lt, lte } = one.range
              for (const key of keys) {
                const within =
                  key >= gte && (lt === undefined || key < lt) && (lte === undefined || key <= lte)
                if (within) holds(key, seen.get(key), least.get(key))
                else expect(seen.has(key)).toBe(false)
              }
            }
          }
        }
        const all = Promise.all(actors.map(actor))
        await scheduler.waitFor(all)
      },
    ),
    { numRuns: 1500 },
  )
})

test('what was removed is gone, from memory as well', async () => {
  const store = new RecentPartitions(await openStore(null))
  const [first = '', second = ''] = keys
  await store.write([first, second].map((key): Change => ({ type: 'put', key, value: 'x' })))
  const all = async () => {
    const found: string[] = []
    await store.read({ gte: partition, lt: `${partition}~` }, (key) => found.push(key) > 0)
    return found
  }
  expect(await all()).toEqual([first, second])
  await store.write([{ type: 'del', key: first }])
  expect(await all()).toEqual([second])
  expect(store.get(first)).toBeUndefined()
})

test('a customer who grows too large, and the ones used longest ago, are read from the store again', async () => {
  const inner = await openStore(null)
  let reads = 0
  const counting: Store = {
    ...slow(inner, async () => {}),
    read(range, visit) {
      reads++
      return inner.read(range, visit)
    },
  }
  const store = new RecentPartitions(counting)
  const of = (n: number) => `item~premura~abc123/${n.toString(16).padStart(4, '0')}/`
  const value = 'v'.repeat(100_000)
  const read = (n: number) => store.read({ gte: of(n), lt: `${of(n)}~` }, () => true)
  for (let n = 0; n < 300; n++) {
    await store.write([{ type: 'put', key: `${of(n)}30/`, value }])
    await read(n)
  }
  expect(reads).toBe(300)
  await read(299)
  expect(reads).toBe(300)
  await read(0)
  expect(reads).toBe(301)
  await store.write([{ type: 'put', key: `${of(299)}31/`, value }])
  await read(299)
  await read(299)
  await read(299)
  // Once to see that it is too large, then for each reading.
  expect(reads).toBe(301 + 1 + 3)
  expect(store.get(`${of(299)}31/`)).toBe(value)
})

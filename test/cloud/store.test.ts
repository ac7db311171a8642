/** The two stores under the embedded cloud do the same. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Change, openStore, type Range, type Store } from '../../local/cloud/store.ts'

const key = fc.string({ unit: fc.constantFrom('a', 'b', '~', '0'), maxLength: 3 })
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ type: fc.constant('put' as const), key, value: fc.string({ unit: 'grapheme' }) }),
  fc.record({ type: fc.constant('del' as const), key }),
)
const range: fc.Arbitrary<Range> = fc.oneof(
  fc.record({ gte: key, lt: key, reverse: fc.boolean() }),
  fc.record({ gt: key, lte: key, reverse: fc.boolean() }),
)

async function entries(store: Store, within: Range, max: number): Promise<[string, string][]> {
  const found: [string, string][] = []
  await store.read(within, (key, value) => found.push([key, value]) < max)
  return found
}

/** Every run has keys of its own. */
function under(prefix: string, within: Range): Range {
  const bounds = Object.entries(within).map(([name, value]) => [
    name,
    typeof value === 'string' ? prefix + value : value,
  ])
  return Object.fromEntries(bounds)
}

test('whatever is written, in memory and on disk the same is read, also later', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'premura-store-'))
  const disk = await openStore(dir)
  const memory = await openStore(null)
  let runs = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(change, { maxLength: 8 }), { maxLength: 6 }),
      fc.array(range),
      fc.integer({ min: 1, max: 9 }),
      async (writes, ranges, max) => {
        const prefix = `${runs++}-`
        const own = writes.map((changes) => changes.map((one) => ({ ...one, key: prefix + one.key })))
        await Promise.all(own.flatMap((changes) => [disk.write(changes), memory.write(changes)]))
        for (const within of [{ gte: '', lt: '\x7f' }, ...ranges].map((one) => under(prefix, one))) {
          expect(await entries(disk, within, max)).toEqual(await entries(memory, within, max))
        }
        for (const { key } of own.flat()) expect(disk.get(key)).toBe(memory.get(key))
      },
    ),
  )
  await disk.close()
  const reopened = await openStore(dir)
  expect(await entries(reopened, {}, Infinity)).toEqual(await entries(memory, {}, Infinity))
  await reopened.close()
  rmSync(dir, { recursive: true, force: true })
})

test('two processes cannot have the same data', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'premura-store-'))
  const store = await openStore(dir)
  await expect(openStore(dir)).rejects.toThrow()
  await store.close()
  rmSync(dir, { recursive: true, force: true })
})

/** Whatever is known of what caused what, a timeline tells causes before what came of them, and loses nothing. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { inCausalOrder, type Placed } from '../../runtime/timeline-order.ts'
import { law } from '../engine/law.ts'

interface Entry {
  at: number
  id: number
}

const any = fc.array(
  fc.record({
    at: fc.nat(3),
    after: fc.array(fc.nat(30), { maxLength: 3 }),
    rank: fc.option(fc.nat(5), { nil: undefined }),
    queued: fc.boolean(),
  }),
  { maxLength: 30 },
)

const placed = (all: { at: number; after: number[]; rank: number | undefined; queued: boolean }[]) =>
  all.map(({ at, after, rank, queued }, id): Placed<Entry> => {
    const names = after.map((name) => `n${name}`)
    return { entry: { at, id }, names: [`n${id}`], after: names, queued, ...(rank !== undefined && { rank }) }
  })

it('puts nothing before what it follows from', () => {
  law(
    fc.property(any, fc.nat(), (all, seed) => {
      // Of what stands earlier in the list alone, so that there is no circle; then the list is mixed.
      const acyclic = all.map((one, id) => ({ ...one, after: one.after.filter((name) => name < id) }))
      const list = placed(acyclic).sort((one, other) => hash(one.entry.id, seed) - hash(other.entry.id, seed))
      const order = inCausalOrder(list)
      expect(order.map(({ id }) => id).sort((a, b) => a - b)).toEqual(acyclic.map((_, id) => id))
      const place = new Map(order.map(({ id }, index) => [id, index]))
      for (const [index, { at, id }] of order.entries()) {
        expect(at).toBeGreaterThanOrEqual(order[index - 1]?.at ?? 0)
        for (const cause of acyclic[id]?.after ?? [])
          if (acyclic[cause]?.at === at) expect(place.get(cause)).toBeLessThan(index)
      }
    }),
    300,
  )
})

it('tells all of it, once, also where records contradict themselves', () => {
  law(
    fc.property(any, (all) => {
      const order = inCausalOrder(placed(all)).map(({ id }) => id)
      expect(order.sort((a, b) => a - b)).toEqual(all.map((_, id) => id))
    }),
  )
})

it('follows from nothing that several are called', () => {
  const [one, other, third] = ['a', 'b', 'c'].map((id) => ({ at: 1, id }))
  if (!one || !other || !third) throw new Error('three')
  const list = [
    { entry: third, after: ['x'], rank: 0 },
    { entry: one, names: ['x'], rank: 1 },
    { entry: other, names: ['x'], rank: 2 },
  ]
  expect(inCausalOrder(list).map(({ id }) => id)).toEqual(['c', 'a', 'b'])
  expect(inCausalOrder(list.slice(0, 2)).map(({ id }) => id)).toEqual(['a', 'c'])
})

const hash = (id: number, seed: number) => ((id + 1) * 7919 + seed * 104_729) % 1009

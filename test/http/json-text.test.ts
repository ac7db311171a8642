/** Our reading of JSON against the platform's: never more lenient, never different, and always able to say where. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readJson } from '../../runtime/http/json-text.ts'

it('reads every JSON value as the platform does', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      const reading = readJson(text)
      expect(reading).toEqual({ ok: true, value: JSON.parse(text) })
    }),
    { numRuns: 500 },
  )
})

it('never takes what the platform refuses, and never throws', () => {
  const soup = fc.string({
    unit: fc.constantFrom(...'{}[]",:\\u0019eE+-.tfn \n\u0000é😀\ud800x'.split('')),
    maxLength: 24,
  })
  const cut = fc
    .tuple(fc.jsonValue(), fc.nat(), fc.constantFrom('', ',', '"', '}', '\\', '0'))
    .map(([value, at, put]) => {
      const text = JSON.stringify(value)
      const place = at % (text.length + 1)
      return text.slice(0, place) + put + text.slice(place + 1)
    })
  fc.assert(
    fc.property(fc.oneof(soup, cut), (text) => {
      const reading = readJson(text)
      if (reading.ok) expect(reading.value).toEqual(JSON.parse(text))
      else {
        const { position, line, column } = reading.flaw
        expect(position).toBeLessThanOrEqual(text.length)
        expect(text.split('\n')[line - 1]?.length ?? -1).toBeGreaterThanOrEqual(column - 1)
      }
    }),
    { numRuns: 3000 },
  )
})

it('refuses depth before it becomes a matter of the stack', () => {
  const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
  expect(readJson(deep(60)).ok).toBe(true)
  expect(readJson(deep(70)).ok).toBe(false)
  expect(readJson(deep(400_000)).ok).toBe(false)
})

it('keeps whole emoji and refuses halves, escaped or not', () => {
  expect(readJson('"😀 \\ud83d\\ude00"')).toEqual({ ok: true, value: '😀 😀' })
  for (const half of ['"\ud83d"', '"\ude00"', '"\\ud83d"', '"\\ude00"', '"\\ud83dx"', '"\\ud83d\\u0041"'])
    expect(readJson(half).ok).toBe(false)
})

it('finds a name given twice however it is written', () => {
  expect(readJson('{"a":{"b":1},"b":2}').ok).toBe(true)
  expect(readJson('{"a":1,"\\u0061":2}')).toMatchObject({ ok: false, flaw: { position: 7 } })
})

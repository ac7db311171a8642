/** Whatever a customer or an order is called, the provider's event about the mail leads back to it. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeTags, encodeTags } from '../../aws/tags.ts'
import type { MessageTags } from '../../runtime/ports.ts'

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc.string({ unit: fc.constantFrom('_', '-', 'a', '5', 'f', '/'), maxLength: 20 }),
)
const tags: fc.Arbitrary<MessageTags> = fc.record({
  customerId: text,
  workflow: text,
  key: text,
  run: fc.nat(),
  step: text,
  attempt: fc.nat(),
})

/** As SES's events show tags: name → values. */
function asEvent(encoded: { Name: string | undefined; Value: string | undefined }[]): {
  [name: string]: string[]
} {
  return Object.fromEntries(encoded.map(({ Name = '', Value = '' }) => [Name, [Value]]))
}

test('tags come back as they were, and only hold what SES takes', () => {
  fc.assert(
    fc.property(tags, (given) => {
      const encoded = encodeTags(given)
      for (const { Name, Value } of encoded) {
        expect(Name).toMatch(/^[\w-]{1,256}$/)
        expect(Value).toMatch(/^[\w-]{1,256}$/)
      }
      expect(new Set(encoded.map(({ Name }) => Name)).size).toBe(encoded.length)
      expect(decodeTags({ ...asEvent(encoded), 'ses:configuration-set': ['premura'] })).toEqual(given)
    }),
  )
})

test('an id of two thousand bytes survives', () => {
  const customerId = 'ü/'.repeat(700)
  const given = { customerId, workflow: 'w', key: 'k', run: 1, step: 's', attempt: 1 }
  expect(decodeTags(asEvent(encodeTags(given)))).toEqual(given)
})

test('simple ids stay readable', () => {
  const given = {
    customerId: 'anna@example.com',
    workflow: 'birthday',
    key: 'A-17',
    run: 2,
    step: 'mail',
    attempt: 1,
  }
  expect(encodeTags(given)).toEqual([
    { Name: 'customer', Value: 'anna_40example_2ecom' },
    { Name: 'workflow', Value: 'birthday' },
    { Name: 'key', Value: 'A-17' },
    { Name: 'run', Value: '2' },
    { Name: 'step', Value: 'mail' },
    { Name: 'attempt', Value: '1' },
  ])
})

test.each([
  ['no tags', {}],
  ['tags of another application', { customer: ['x'], campaign: ['y'] }],
  [
    'a run that is no number',
    { customer: ['c'], workflow: ['w'], key: ['k'], step: ['s'], run: ['x'], attempt: ['1'] },
  ],
  [
    'text that we do not write',
    { customer: ['c_zz'], workflow: ['w'], key: ['k'], step: ['s'], run: ['1'], attempt: ['1'] },
  ],
])('a message with %s is not ours', (_, given) => {
  expect(decodeTags(given)).toBeUndefined()
})

/** How many parts an SMS is cut into: what each of them costs is real money. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { smsParts } from '../../../engine/text/parts.ts'

test.each([
  ['nothing', '', ['GSM-7', 0, 1]],
  ['what fits exactly', 'a'.repeat(160), ['GSM-7', 160, 1]],
  ['one more', 'a'.repeat(161), ['GSM-7', 161, 2]],
  ['two full parts', 'a'.repeat(306), ['GSM-7', 306, 2]],
  ['one more than two parts', 'a'.repeat(307), ['GSM-7', 307, 3]],
  ['accents of Italian', 'è é ù ì ò à'.repeat(5), ['GSM-7', 55, 1]],
  ['a euro counts twice', '€'.repeat(80), ['GSM-7', 160, 1]],
  ['and more of them', '€'.repeat(81), ['GSM-7', 162, 2]],
  ['a bracket is not cut in half', `${'a'.repeat(152)}[${'a'.repeat(152)}`, ['GSM-7', 306, 3]],
  ['one curly apostrophe', `l’${'a'.repeat(68)}`, ['UCS-2', 70, 1]],
  ['one more beside it', `l’${'a'.repeat(69)}`, ['UCS-2', 71, 2]],
  ['two parts of UCS-2', `ç${'a'.repeat(133)}`, ['UCS-2', 134, 2]],
  ['three of them', `ç${'a'.repeat(134)}`, ['UCS-2', 135, 3]],
  ['a smile counts twice', '🌷'.repeat(35), ['UCS-2', 70, 1]],
  ['and is not cut in half', '🌷'.repeat(67), ['UCS-2', 134, 3]],
])('%s', (_which, text, expected) => {
  const { encoding, units, parts } = smsParts(text)
  expect([encoding, units, parts]).toEqual(expected)
})

test('the character that makes a part small is named', () => {
  expect(smsParts('l’acqua è già lì').foreign).toBe('’')
  expect(smsParts("l'acqua è già lì")).not.toHaveProperty('foreign')
})

test('parts never hold less than the text, and a longer text never takes fewer', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), fc.string(), (text, more) => {
      const { units, parts, encoding } = smsParts(text)
      const each = encoding === 'GSM-7' ? 153 : 67
      expect(parts).toBeGreaterThanOrEqual(Math.ceil(units / (parts === 1 ? Number.POSITIVE_INFINITY : each)))
      expect(smsParts(text + more).parts).toBeGreaterThanOrEqual(parts)
    }),
    { seed: 160 },
  )
})

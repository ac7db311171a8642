/** Whatever the brand's color is, words on the pages can be read: WCAG AA, in light and in dark. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { paletteFor } from '../../runtime/http/pages/colors.ts'

const luminance = (color: string): number => {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
const contrast = (one: string, other: string): number => {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((left, right) => left - right)
  return (high + 0.05) / (low + 0.05)
}

const color = fc.integer({ min: 0, max: 0xffffff }).map((n) => `#${n.toString(16).padStart(6, '0')}`)

it.each(['#ffffff', '#1c2127'])('on a card of %s', (card) => {
  fc.assert(
    fc.property(fc.oneof(color, fc.constantFrom('#000000', '#ffffff', '#777777')), (brand) => {
      const { fill, onFill, ink } = paletteFor(brand, card)
      expect(contrast(fill, card)).toBeGreaterThanOrEqual(3)
      expect(contrast(fill, onFill)).toBeGreaterThanOrEqual(4.5)
      expect(contrast(ink, card)).toBeGreaterThanOrEqual(4.5)
    }),
    { numRuns: 2000 },
  )
})

it('is a color also when the brand has none', () => {
  for (const brand of ['', 'red', '#12', '#12345g', '#1234567', 'url(x)}body{display:none'])
    for (const value of Object.values(paletteFor(brand, '#ffffff'))) expect(value).toMatch(/^#[0-9a-f]{6}$/)
  expect(paletteFor('#135', '#ffffff')).toEqual(paletteFor('#113355', '#ffffff'))
})

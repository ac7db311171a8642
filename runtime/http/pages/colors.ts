/** Makes the brand's color readable wherever the pages use it: WCAG contrast, in light and in dark. */

type Rgb = [number, number, number]

export interface Palette {
  /** Behind the button's words. */
  fill: string
  /** The button's words. */
  onFill: string
  /** Links and marks on the card. */
  ink: string
}

const fallback: Rgb = [31, 78, 95]
const white: Rgb = [255, 255, 255]
const black: Rgb = [0, 0, 0]

/** @param card the color of the card that everything stands on, as `#rrggbb` */
export function paletteFor(brandColor: string, card: string): Palette {
  const brand = parse(brandColor) ?? fallback
  const ground = parse(card) ?? white
  const away = luminance(ground) > 0.4 ? black : white
  const fill = until(brand, away, (color) => contrast(color, ground) >= 3)
  const ink = until(brand, away, (color) => contrast(color, ground) >= 5.5)
  return {
    fill: format(fill),
    onFill: format(contrast(fill, white) >= 4.5 ? white : contrast(fill, black) >= 4.5 ? black : white),
    ink: format(ink),
  }
}

/** Moves a color towards another in small steps until it will do. */
function until(color: Rgb, towards: Rgb, good: (color: Rgb) => boolean): Rgb {
  for (let step = 0; step <= 20; step++) {
    const [r, g, b] = [
      mix(color[0], towards[0], step),
      mix(color[1], towards[1], step),
      mix(color[2], towards[2], step),
    ]
    if (good([r, g, b])) return [r, g, b]
  }
  return towards
}

const mix = (from: number, to: number, step: number): number => Math.round(from + ((to - from) * step) / 20)

function parse(text: string): Rgb | undefined {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(text)
  const digits = short ? short.slice(1).map((digit) => digit + digit) : /^#(..)(..)(..)$/.exec(text)?.slice(1)
  const [r, g, b] = (digits ?? []).map((pair) => Number.parseInt(pair, 16))
  if (r === undefined || g === undefined || b === undefined || Number.isNaN(r + g + b)) return undefined
  return [r, g, b]
}

const format = (color: Rgb): string => `#${color.map((part) => part.toString(16).padStart(2, '0')).join('')}`

/** https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(one: Rgb, other: Rgb): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((left, right) => right - left)
  return (high + 0.05) / (low + 0.05)
}

function luminance([r, g, b]: Rgb): number {
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

function linear(part: number): number {
  const share = part / 255
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
}

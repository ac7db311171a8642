/** What every mail is given besides the journey's own variables: the brand, the topic, the language it is written in. */
import type { Settings } from '../model.ts'

export interface MailFrame {
  brand: {
    name: string
    url: string
    color: string
    /** Black or white: what is written on `color`. */
    ink: string
    /** `color` for text on light and on dark paper. */
    link: string
    linkOnDark: string
    /** `null` where there is none: a variable that is missing is dear to ask for. */
    logo: string | null
    postalAddress: string
  }
  /** The language of the mail, which need not be the customer's. */
  locale: string
  topic: { name: string; title: string; basis: 'service' | 'consent' }
}

export const languageOf = (locale: string): string => locale.toLowerCase().split('-')[0] ?? ''

/** Text in the language of the mail: `it-CH` → `it` → the default → whatever there is. */
function inLanguage(
  texts: { [locale: string]: string },
  locale: string,
  fallback: string,
): string | undefined {
  return texts[locale] ?? texts[languageOf(locale)] ?? texts[fallback] ?? Object.values(texts)[0]
}

/** What a topic is called in a language. */
export const topicTitle = (settings: Settings, topicName: string, locale: string): string => {
  const topic = Object.hasOwn(settings.topics, topicName) ? settings.topics[topicName] : undefined
  return (topic && inLanguage(topic.title, locale, settings.defaultLocale)) ?? topicName
}

type Rgb = [number, number, number]

const black: Rgb = [0, 0, 0]
const white: Rgb = [255, 255, 255]

/** `#rgb` or `#rrggbb`; anything else counts as black, which is readable on light paper. */
function rgb(color: string): Rgb {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(color)?.[1] ?? '000000'
  const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join('') : hex
  const channel = (at: number) => Number.parseInt(full.slice(at, at + 2), 16)
  return [channel(0), channel(2), channel(4)]
}

const hex = (color: Rgb): string =>
  `#${color.map((channel) => Math.round(channel).toString(16).padStart(2, '0')).join('')}`

/** Relative luminance and contrast as WCAG 2 defines them. */
function luminance(color: Rgb): number {
  const [r, g, b] = color.map((channel) => {
    const part = channel / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0)
}

const contrast = (a: Rgb, b: Rgb): number => {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x)
  return (light + 0.05) / (dark + 0.05)
}

/** The color, moved towards black or white just as far as text in it can be read on the paper (AA: 4.5). */
function readable(color: Rgb, paper: Rgb): string {
  const goal = luminance(paper) > 0.179 ? black : white
  for (let step = 0; step < 20; step++) {
    const share = step / 20
    const mixed: Rgb = [
      color[0] + (goal[0] - color[0]) * share,
      color[1] + (goal[1] - color[1]) * share,
      color[2] + (goal[2] - color[2]) * share,
    ]
    // A little more than 4.5, for the tinted panels that are darker than the paper.
    if (contrast(mixed, paper) >= 5.5) return hex(mixed)
  }
  return hex(goal)
}

/** The paper of the shared layout, in its light and its dark form. */
const lightPaper = rgb('#ffffff')
const darkPaper = rgb('#231f1c')

/** The brand's color as every reader can read it, whatever color it is. */
function brandColors(color: string): { color: string; ink: string; link: string; linkOnDark: string } {
  const own = rgb(color)
  return {
    color,
    ink: contrast(own, white) >= contrast(own, black) ? '#ffffff' : '#000000',
    link: readable(own, lightPaper),
    linkOnDark: readable(own, darkPaper),
  }
}

/** Worked out once for each reading of the settings: contrast is searched for in steps. */
const brands = new WeakMap<Settings, MailFrame['brand']>()

function brandOf(settings: Settings): MailFrame['brand'] {
  const known = brands.get(settings)
  if (known) return known
  const { brand, postalAddress } = settings
  const made = { ...brand, logo: brand.logo ?? null, ...brandColors(brand.color), postalAddress }
  brands.set(settings, made)
  return made
}

/** The variables of a mail that do not depend on the journey. */
export function mailFrame(
  template: { locale: string | null },
  settings: Settings,
  topicName: string,
): MailFrame {
  const locale = template.locale ?? settings.defaultLocale
  const topic = settings.topics[topicName]
  return {
    brand: brandOf(settings),
    locale,
    topic: {
      name: topicName,
      title: topicTitle(settings, topicName, locale),
      basis: topic?.basis ?? 'consent',
    },
  }
}

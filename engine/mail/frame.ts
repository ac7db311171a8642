/** What every mail is given besides the journey's own variables: the brand, the topic, the language it is written in. */
import type { Settings } from '../model.ts'
import type { CompiledTemplate } from './template.ts'

export interface MailFrame {
  brand: { name: string; url: string; color: string; ink: string; logo?: string; postalAddress: string }
  /** The language of the mail, which need not be the customer's. */
  locale: string
  /** Where the customer's own zone is unknown. */
  timezone: string
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

/** Relative luminance of `#rgb` or `#rrggbb` (WCAG 2). */
function luminance(color: string): number {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(color)?.[1] ?? '000000'
  const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join('') : hex
  const [r = 0, g = 0, b = 0] = [0, 2, 4].map((at) => {
    const channel = Number.parseInt(full.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

/** Black or white, whichever is easier to read on the color. */
const inkOn = (color: string): string => (luminance(color) > 0.179 ? '#000000' : '#ffffff')

/** The variables of a mail that do not depend on the journey. */
export function mailFrame(template: CompiledTemplate, settings: Settings, topicName: string): MailFrame {
  const locale = template.locale ?? settings.defaultLocale
  const topic = settings.topics[topicName]
  return {
    brand: {
      ...settings.brand,
      ink: inkOn(settings.brand.color),
      postalAddress: settings.postalAddress,
    },
    locale,
    timezone: settings.defaultTimezone,
    topic: {
      name: topicName,
      title: (topic && inLanguage(topic.title, locale, settings.defaultLocale)) ?? topicName,
      basis: topic?.basis ?? 'consent',
    },
  }
}

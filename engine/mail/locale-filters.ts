/**
 * Money, numbers and dates as the reader writes them. The locale and the zone are those of the mail being rendered;
 * both always come from the variables, never from the process.
 */
import type { Context } from 'liquidjs'
import { Temporal } from 'temporal-polyfill'
import { parseHeld } from '../held-date.ts'
import { instantOf } from '../time.ts'

interface FilterThis {
  context: Context
}

interface Moment {
  at: number
  /** A date, with or without a local time: what stands in it is what is printed, in every zone. */
  asWritten?: true
  /** It has no year. */
  yearless?: true
}

/** An instant in ms, ISO text with an offset, a local date and time of the customer's, a date, or one without its year. */
function momentOf(value: unknown): Moment {
  if (typeof value === 'number' && Number.isFinite(value)) return { at: value }
  if (typeof value === 'string') {
    try {
      const held = parseHeld(value)
      if (held && 'local' in held) return { at: instantOf(held.local, 'UTC'), asWritten: true }
      if (held && 'month' in held) {
        // 29 February is in a leap year.
        const { year = 2000, month, day } = held
        const date = Temporal.PlainDate.from({ year, month, day }).toPlainDateTime()
        return {
          at: instantOf(date, 'UTC'),
          asWritten: true,
          ...(held.year === undefined && { yearless: true }),
        }
      }
      return { at: Temporal.Instant.from(value.trim()).epochMilliseconds }
    } catch {
      // Falls through to the message below, which names the value.
    }
  }
  throw new Error(`${JSON.stringify(value) ?? 'nothing'} is not a date`)
}

function numberOf(value: unknown): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number === 'number' && Number.isFinite(number)) return number
  throw new Error(`${JSON.stringify(value) ?? 'nothing'} is not a number`)
}

const scopeOf = (context: Context): object => context.environments

function own(object: unknown, key: string): unknown {
  return typeof object === 'object' && object !== null && Object.hasOwn(object, key)
    ? Object.entries(object).find(([name]) => name === key)?.[1]
    : undefined
}

const textAt = (context: Context, ...path: string[]): string | undefined => {
  const value = path.reduce<unknown>(own, scopeOf(context))
  return typeof value === 'string' ? value : undefined
}

const language = (locale: string): string => locale.toLowerCase().split('-')[0] ?? ''

/** The customer's own form of the mail's language (`it-CH` in an Italian mail), else the mail's language. */
function localeOf(context: Context): string {
  const mail = textAt(context, 'locale') ?? 'en'
  const customer = textAt(context, 'customer', 'locale')
  const candidates =
    customer !== undefined && language(customer) === language(mail) ? [customer, mail] : [mail]
  for (const locale of candidates) {
    try {
      return Intl.getCanonicalLocales(locale)[0] ?? 'en'
    } catch {
      // Not a locale: the next one.
    }
  }
  return 'en'
}

const formatters = new Map<string, Intl.DateTimeFormat>()

function dateFormat(locale: string, zone: string, style: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([locale, zone, style])
  const known = formatters.get(key)
  if (known) return known
  const made = new Intl.DateTimeFormat(locale, { ...style, timeZone: zone })
  if (formatters.size >= 200) formatters.clear()
  formatters.set(key, made)
  return made
}

/** What a filter prints of a date, and what it leaves of it where there is no year. */
interface Style {
  style: Intl.DateTimeFormatOptions
  yearless: Intl.DateTimeFormatOptions | { lacks: string }
}

function formatMoment(context: Context, value: unknown, { style: whole, yearless }: Style): string {
  const moment = momentOf(value)
  const { at } = moment
  if (moment.yearless && 'lacks' in yearless)
    throw new Error(`${JSON.stringify(value)} is a day without its year, which has no ${yearless.lacks}`)
  const style = moment.yearless && !('lacks' in yearless) ? yearless : whole
  const zones = moment.asWritten
    ? ['UTC']
    : [textAt(context, 'customer', 'timezone'), textAt(context, 'timezone'), 'UTC']
  for (const zone of zones) {
    if (zone === undefined) continue
    try {
      return dateFormat(localeOf(context), zone, style).format(at)
    } catch (error) {
      if (!(error instanceof RangeError) || zone === 'UTC') throw error
    }
  }
  throw new Error('unreachable: UTC is a zone everywhere')
}

const dates = (style: Intl.DateTimeFormatOptions, yearless: Style['yearless']) =>
  function (this: FilterThis, value: unknown): string {
    return formatMoment(this.context, value, { style, yearless })
  }

/** Making a format takes far longer than using it, and a shop has few languages and currencies. */
const moneyFormats = new Map<string, Intl.NumberFormat>()

function moneyFormat(locale: string | undefined, currency: string): Intl.NumberFormat {
  const key = `${locale} ${currency}`
  const known = moneyFormats.get(key)
  if (known) return known
  if (moneyFormats.size >= 200) moneyFormats.clear()
  const made = new Intl.NumberFormat(locale, { style: 'currency', currency })
  moneyFormats.set(key, made)
  return made
}

/** `{{ event.total | money: event.currency }}`, `{{ coupons.offer.expiresAt | date_long }}`, `{{ 4 | survey_link }}` … */
export const localeFilters = {
  money(this: FilterThis, value: unknown, currency: unknown): string {
    if (typeof currency !== 'string' || !/^[A-Z]{3}$/i.test(currency)) {
      throw new Error(`money needs a currency, for example: | money: "EUR"`)
    }
    return moneyFormat(localeOf(this.context), currency).format(numberOf(value))
  },
  number(this: FilterThis, value: unknown, digits?: unknown): string {
    const fixed =
      typeof digits === 'number' ? { minimumFractionDigits: digits, maximumFractionDigits: digits } : {}
    return new Intl.NumberFormat(localeOf(this.context), fixed).format(numberOf(value))
  },
  percent(this: FilterThis, value: unknown): string {
    return new Intl.NumberFormat(localeOf(this.context), {
      style: 'percent',
      maximumFractionDigits: 1,
    }).format(numberOf(value))
  },
  /** 15 March 2026 */
  date_long: dates({ dateStyle: 'long' }, { month: 'long', day: 'numeric' }),
  /** Sunday 15 March */
  date_weekday: dates({ weekday: 'long', day: 'numeric', month: 'long' }, { lacks: 'weekday' }),
  /** 15/03/2026 */
  date_short: dates(
    { year: 'numeric', month: '2-digit', day: '2-digit' },
    { month: '2-digit', day: '2-digit' },
  ),
  /** 09:30 */
  time: dates({ timeStyle: 'short' }, { lacks: 'time of day' }),
  survey_link(this: FilterThis, score: unknown): string {
    const link = own(own(scopeOf(this.context), 'survey'), 'link')
    if (typeof link !== 'function') {
      throw new Error('survey.link is for the mail of a `survey` step')
    }
    const url: unknown = link(numberOf(score))
    if (typeof url !== 'string') throw new Error('survey.link gave no link')
    return url
  },
}

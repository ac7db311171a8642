/** Dates as people write them elsewhere, and how they are written here. */

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const lengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const names = 'January February March April May June July August September October November December'.split(
  ' ',
)

const two = (part: string | number) => String(part).padStart(2, '0')

/** What to do about a text that was meant as a date and is none; undefined where it was not meant as one. */
export function dateHint(text: string): string | undefined {
  const word = text.trim()
  const [, year, month = '', day = '', rest = ''] =
    /^(?:(\d{4})-)?(\d{1,2})-(\d{1,2})(?!\d)(.*)$/.exec(word) ?? []
  if (month !== '') return calendarHint(year, Number(month), Number(day), rest)
  const [, first = '', second = '', third] = /^(\d{1,2})[./](\d{1,2})[./]?(\d{4})?\.?$/.exec(word) ?? []
  if (first !== '') return orderHint(word, Number(first), Number(second), third)
  const [, y = '', m = '', d = ''] = /^(\d{4})[./](\d{1,2})[./](\d{1,2})$/.exec(word) ?? []
  if (y !== '') return `Write ${y}-${two(m)}-${two(d)}.`
  const named = /^(?:(\d{1,2})\.? +([A-Za-z]{3,})|([A-Za-z]{3,}) +(\d{1,2}))(?:,? +(\d{4}))?$/.exec(word)
  const index = months.indexOf((named?.[2] ?? named?.[3] ?? '').slice(0, 3).toLowerCase())
  if (!named || index < 0) return undefined
  const front = named[5] === undefined ? '' : `${named[5]}-`
  return `Write ${front}${two(index + 1)}-${two(named[1] ?? named[4] ?? '')}.`
}

function calendarHint(year: string | undefined, month: number, day: number, rest: string): string {
  const front = year === undefined ? '' : `${year}-`
  if (month > 12 && day <= 12) return `The month comes before the day: ${front}${two(day)}-${two(month)}.`
  if (month < 1 || month > 12) return 'Months go from 01 to 12.'
  const most = month === 2 && year !== undefined && !isLeap(Number(year)) ? 28 : (lengths[month - 1] ?? 31)
  const name = names[month - 1] ?? ''
  if (day < 1 || day > most) return `${name}${year === undefined ? '' : ` ${year}`} has ${most} days.`
  const better = `${front}${two(month)}-${two(day)}`
  const time = /^[ T]?(\d{1,2}):(\d{2})/.exec(rest)
  return `Write ${better}${time ? `T${two(time[1] ?? '')}:${time[2]}` : ''}.`
}

function orderHint(word: string, first: number, second: number, year: string | undefined): string {
  const front = year === undefined ? '' : `${year}-`
  // With points the day comes first everywhere; with slashes only a number above 12 tells.
  const dayFirst = word.includes('.') || first > 12
  if (!dayFirst && second <= 12)
    return `The year comes first, then the month, then the day: ${front === '' ? '' : front}${two(first)}-${two(second)} or ${front}${two(second)}-${two(first)}.`
  const [month, day] = dayFirst ? [second, first] : [first, second]
  return calendarHint(year, month, day, '')
}

const isLeap = (year: number) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0

/** Filters that mails do without, and the ones that stand in their place. */

const dates = 'Use date_long, date_short, date_weekday or time.'

export const otherFilters: ReadonlyMap<string, string> = new Map([
  ['date', dates],
  ['strftime', dates],
  ['date_to_string', dates],
  ['currency', 'Use money: {{ event.total | money: "EUR" }}.'],
  ['price', 'Use money: {{ event.total | money: "EUR" }}.'],
  ['upper', 'Use upcase.'],
  ['uppercase', 'Use upcase.'],
  ['lower', 'Use downcase.'],
  ['lowercase', 'Use downcase.'],
  ['title', 'Use capitalize.'],
  ['titlecase', 'Use capitalize.'],
  ['fallback', 'Use default: {{ customer.firstName | default: "friend" }}.'],
  ['escape', 'Remove it: values are always escaped.'],
  ['safe', 'Remove it: values are always escaped.'],
  ['length', 'Use size.'],
  ['count', 'Use size.'],
])

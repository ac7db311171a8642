import { describe, expect, test } from 'vitest'
import { readWords, UsageError } from '../../cli/command.ts'
import { parseDuration } from '../../engine/time.ts'
import { spanWords, weekdayWords } from '../../cli/words.ts'

describe('durations', () => {
  test.each([
    ['90 minutes', '90 minutes'],
    ['1 hour', '1 hour'],
    ['3 days', '3 days'],
    ['1 week', '1 week'],
    ['2 months', '2 months'],
    ['1 year', '1 year'],
    ['P1Y2M3DT4H5M', '1 year and 2 months and 3 days and 4 hours and 5 minutes'],
    ['PT0S', 'no time'],
    ['-7 days', '7 days'],
  ])('%s is told as %s', (text, words) => {
    expect(spanWords(parseDuration(text) ?? '')).toBe(words)
  })
})

describe('weekdays', () => {
  test('are told as people say them', () => {
    expect(weekdayWords(['fri', 'mon', 'tue', 'wed', 'thu'])).toBe('a day from Monday to Friday')
    expect(weekdayWords(['sat', 'sun'])).toBe('a Saturday or Sunday')
    expect(weekdayWords(['mon', 'wed', 'fri'])).toBe('a Monday, Wednesday or Friday')
    expect(weekdayWords(['tue'])).toBe('a Tuesday')
    expect(weekdayWords(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])).toBe('any day')
  })
})

describe('the words of a command line', () => {
  const options = {
    event: { type: 'string', multiple: true, help: '' },
    start: { type: 'string', help: '' },
    json: { type: 'boolean', help: '' },
    help: { type: 'boolean', short: 'h', help: '' },
  } as const
  const read = (line: string) => readWords(line.split(' '), options)

  test('are operands and values in any order', () => {
    const { operands, values } = read('a --event x --json b --event=y -h -- --c')
    expect(operands).toEqual(['a', 'b', '--c'])
    expect(Object.fromEntries(values)).toEqual({ event: ['x', 'y'], json: [true], help: [true] })
  })

  test('may give a value that looks like an option with an equals sign', () => {
    expect(read('--start=-7').values.get('start')).toEqual(['-7'])
  })

  test.each([
    ['--evnt x', 'There is no option --evnt.', 'Did you mean --event?'],
    ['--qqqqqqqq', 'There is no option --qqqqqqqq.', undefined],
    ['-x', 'There is no option -x.', undefined],
    ['--constructor', 'There is no option --constructor.', undefined],
    ['--start', '--start needs a value.', undefined],
    ['--start --json', '--start needs a value.', 'If it is --json, write --start=--json'],
    ['--json=yes', '--json takes no value.', undefined],
    ['--start a --start b', '--start is given twice.', undefined],
  ])('%s is refused', (line, message, hint) => {
    expect(() => read(line)).toThrow(expect.objectContaining({ name: 'UsageError', message, hint }))
    expect(() => read(line)).toThrow(UsageError)
  })
})

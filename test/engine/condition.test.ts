/** Conditions: what they mean when something is missing, how numbers mix, and that nobody can make them hang or reach out. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { evaluateCondition, evaluateValue, pathsRead } from '../../engine/condition.ts'
import { checkExpression } from '../../engine/language/expression/problems.ts'
import type { JsonObject } from '../../engine/model.ts'
import { law } from './law.ts'

const variables: JsonObject = {
  event: {
    total: 80,
    cents: 79.9,
    count: 4,
    zero: 0,
    name: 'Anna',
    nothing: null,
    empty: [],
    items: [{ category: 'shoes', price: 30 }, { price: 49.9 }],
    nested: { deep: { value: 1 } },
  },
  customer: { tier: 'silver', tags: ['vip', 'beta'], subscribed: true, notes: 'yes' },
  enrollment: { key: 'T-1' },
  now: '2026-03-26T16:00:00.000Z',
  today: '2026-03-26',
}

const decide = (text: string) => evaluateCondition(text, variables).value

describe('a missing attribute makes the comparison false', () => {
  test.each([
    // present
    ['customer.tier == "silver"', true],
    ['customer.tier != "gold"', true],
    // missing: every comparison is false, whichever way around
    ['customer.level == "gold"', false],
    ['customer.level != "gold"', false],
    ['"gold" == customer.level', false],
    ['customer.level > 1', false],
    ['customer.level <= 1', false],
    ['customer.level in ["gold"]', false],
    ['"vip" in customer.labels', false],
    ['customer.level == customer.level', false],
    ['customer.level == null', false],
    ['customer.a.b.c == 1', false],
    ['event.items[7].price > 1', false],
    ['event.items[1].category == "shoes"', false],
    ['event.total - event.discount > 10', false],
    ['event.surname.startsWith("A")', false],
    ['size(customer.labels) == 0', false],
    ['customer.labels.exists(l, l == "vip")', false],
    ['customer.labels.all(l, l == "vip")', false],
    // and the rest of the condition goes on with that
    ['!(customer.level == "gold")', true],
    ['!(customer.level != "gold")', true],
    ['customer.level == "gold" || event.total > 50', true],
    ['event.total > 50 || customer.level == "gold"', true],
    ['customer.level == "gold" && event.total > 50', false],
    ['(customer.level == "gold") == false', true],
    ['customer.level == "gold" ? true : event.total > 50', true],
    ['customer.verified', false],
    ['!customer.verified', true],
    // inside loops, element by element
    ['event.items.exists(i, i.category == "shoes")', true],
    ['event.items.all(i, i.category == "shoes")', false],
    ['event.items.all(i, !(i.category == "hats"))', true],
    ['event.items.exists_one(i, i.category != "hats")', true],
    ['event.items.filter(i, i.category == "shoes").size() == 1', true],
    // asked for by name
    ['has(customer.tier)', true],
    ['has(customer.level)', false],
    ['has(customer.a.b)', false],
    ['has(customer.level) && customer.level == 1 || !has(customer.level)', true],
    // null is there
    ['has(event.nothing)', true],
    ['event.nothing == null', true],
    ['event.nothing != "x"', true],
    ['event.nothing > 1', false],
  ])('%s is %s', (text, expected) => {
    expect(decide(text)).toBe(expected)
  })
})

describe('numbers are numbers', () => {
  test.each([
    'event.total == 80',
    'event.total == 80.0',
    '80 == event.total',
    '50 == 50.0',
    'event.total >= 80 && event.total <= 80.0',
    'event.cents > 79 && event.cents < 80',
    'event.total in [1, 80]',
    'event.total in [1.5, 80.0]',
    '[1, 2.0] == [1.0, 2]',
    'event.total + 1 == 81',
    'event.total + 1.0 == 81',
    '- -event.total == 80',
    'event.total - 0.5 == 79.5',
    '2 * event.total == 160',
    'event.total / 3 > 26.6',
    '7 / 2 == 3.5',
    'event.count % 3 == 1',
    'event.total - (1 - 2) == 81',
    '(event.total + 2) * 2 == 164',
    '-event.total == -80',
    'size(event.items) / 4 == 0.5',
    'event.items.size() + event.total == 82',
    'event.name.substring(0, event.count - 2) == "An"',
    'event.items[event.count - 3].price == 49.9',
    'int("5") + double("0.5") == 5.5',
    'string(event.total) == "80"',
    '0.0000000001 < 0.000000001',
    '1e3 == 1000',
  ])('%s', (text) => {
    expect(checkExpression(text, { kind: 'condition', roots: Object.keys(variables) })).toEqual([])
    expect(decide(text)).toBe(true)
  })

  test('a division by zero is not decided, and says so', () => {
    expect(evaluateCondition('event.total / event.zero > 1', variables)).toEqual({
      value: false,
      values: { 'event.total': 80, 'event.zero': 0, undecided: ['event.total / event.zero > 1'] },
    })
  })

  test('any two numbers of JSON compare as in JavaScript', () => {
    const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }))
    law(
      fc.property(number, number, (a, b) => {
        expect(evaluateCondition('event.a < event.b', { event: { a, b } }).value).toBe(a < b)
        expect(evaluateCondition('event.a == event.b', { event: { a, b } }).value).toBe(a === b)
        expect(evaluateValue('event.a + event.b', { event: { a, b } })).toBe(
          Number.isFinite(a + b) ? a + b : undefined,
        )
      }),
    )
  })

  test('a literal means the number that it is written as', () => {
    law(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: 0, max: 1e15 }), (a) => {
        expect(evaluateCondition(`event.a == ${a}`, { event: { a } }).value).toBe(true)
      }),
    )
  })
})

describe('time', () => {
  test.each([
    'today == "2026-03-26"',
    'today >= "2026-03-01" && today < "2026-04-01"',
    'now == timestamp("2026-03-26T17:00:00+01:00")',
    'now - timestamp("2026-03-25T16:00:00Z") == duration("24h")',
    'now - duration("3 days") < timestamp("2026-03-24")',
    'timestamp("2026-03-25") + duration("36h") < now',
    'duration("2 weeks") == duration("14 days") && duration("P1W") == duration("168h")',
    'now.getHours() == 16 && now.getHours("Europe/Rome") == 17',
    'now.getDayOfWeek() == 4 && now.getMonth() == 2 && now.getDate() == 26',
    'string(now) == "2026-03-26T16:00:00.000Z"',
  ])('%s', (text) => {
    expect(checkExpression(text, { kind: 'condition', roots: ['now', 'today'] })).toEqual([])
    expect(decide(text)).toBe(true)
  })

  test.each([
    'timestamp("soon") < now',
    'now.getHours("Atlantis") == 1',
    'now - duration("1 month") < now',
    'now > today',
  ])('%s is not decided', (text) => {
    expect(evaluateCondition(text, variables)).toMatchObject({ value: false, values: { undecided: [text] } })
  })
})

describe('the evidence', () => {
  test('holds every path with its value, and what is missing', () => {
    expect(evaluateCondition('event.total > 50.0 && customer.level == "gold"', variables)).toEqual({
      value: false,
      values: { 'event.total': 80, 'customer.level': null, missing: ['customer.level'] },
    })
  })

  test('names the part that met a value of the wrong kind', () => {
    expect(evaluateCondition('event.name > 5 || customer.notes', variables).values).toEqual({
      'event.name': 'Anna',
      'customer.notes': 'yes',
      undecided: ['event.name > 5', 'customer.notes'],
    })
  })

  test('tells large values by their size', () => {
    const items = Array.from({ length: 500 }, (_, index) => index)
    const { values } = evaluateCondition('5 in event.items && event.text != "x"', {
      event: { items, text: 'a'.repeat(500) },
    })
    expect(values['event.items']).toBe('(list of 500)')
    expect(values['event.text']).toBe(`${'a'.repeat(200)}…`)
  })

  test('leaves out loop variables', () => {
    expect(pathsRead('event.items.exists(i, i.price > customer.limit) && event["a b"].c[0] == 1')).toEqual([
      'event.items',
      'customer.limit',
      'event["a b"].c[0]',
    ])
    expect(pathsRead('not an expression')).toEqual([])
  })
})

describe('values', () => {
  test.each([
    ['event.ticketId', undefined],
    ['event.total * 2', 160],
    ['"Dear " + event.name', 'Dear Anna'],
    ['event.total > 50 ? "big" : "small"', 'big'],
    ['customer.level == "gold" ? 1 : 2', 2],
    ['event.items.map(i, i.price)', [30, 49.9]],
    ['event.nested', { deep: { value: 1 } }],
    ['{"total": event.total, "list": [1, "a", null]}', { total: 80, list: [1, 'a', null] }],
    ['event.total > 1', true],
    ['customer.level > 1', false],
    ['size(event.items)', 2],
    ['now', '2026-03-26T16:00:00.000Z'],
    ['now - duration("1h")', '2026-03-26T15:00:00.000Z'],
    ['now - timestamp("2026-03-25T00:00:00Z")', 'PT40H'],
    ['null', null],
    ['customer.visits + 1', undefined],
    ['event.name + 1', undefined],
    ['event.total / 0', undefined],
    ['"', undefined],
  ])('%s → %j', (text, expected) => {
    expect(evaluateValue(text, variables)).toEqual(expected)
  })
})

describe('no reach beyond the variables', () => {
  test.each([
    'event.constructor != 1',
    'event["constructor"] != 1',
    'event.__proto__ != 1',
    'event["__proto__"] != 1',
    'event["const" + "ructor"] != 1',
    'event["to" + "String"] != 1',
    'event.toString != 1',
    'event.hasOwnProperty != 1',
    'has(event.toString)',
    '"toString" in event',
    'constructor != 1',
    'toString != 1',
    'globalThis != 1',
    'process.exit != 1',
    'premuraTrace != 1',
    'event.name.constructor != 1',
    'event.items.length != 1',
    'event.items.map(i, premuraTrace) != []',
    'cel.bind(x, 1, x == 1)',
    'holds(1, true, [])',
    'dyn(event).constructor != 1',
  ])('%s is false', (text) => {
    expect(decide(text)).toBe(false)
  })

  test('an attribute that is called like a part of the prototype is only data', () => {
    const event = JSON.parse('{"__proto__": {"tier": "gold"}, "valueOf": 1}')
    expect(evaluateCondition('event.tier == "gold"', { event }).value).toBe(false)
    expect(evaluateCondition('event.valueOf == 1', { event }).value).toBe(true)
  })

  test('a value cannot smuggle in an expression', () => {
    const text = '" || true || "'
    expect(evaluateCondition('event.name == "x"', { event: { name: text } }).value).toBe(false)
    expect(evaluateValue('event.name', { event: { name: text } })).toBe(text)
    for (const literal of ['"\\" || true || \\""', "'\" || true'", '"\\u0022 || true"', '"😀 \\\\"'])
      expect(evaluateCondition(`event.name == ${literal}`, { event: { name: 'x' } }).value).toBe(false)
  })

  test('a literal means the text that it is written as', () => {
    law(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(evaluateCondition(`event.a == ${JSON.stringify(text)}`, { event: { a: text } }).value).toBe(
          true,
        )
      }),
    )
  })
})

describe('an end to everything', () => {
  const roots = ['event', 'customer', 'now', 'today']
  const condition = (text: string) => checkExpression(text, { kind: 'condition', roots })

  test.each([
    ['regular expressions', 'event.name.matches("^(a+)+$")'],
    ['loops in loops', 'event.items.all(a, event.items.all(b, a == b))'],
    ['loops in loops, through filter', 'event.items.filter(a, event.items.filter(b, true) == []) == []'],
    ['variables that double', 'cel.bind(a, event.name + event.name, a == "x")'],
    ['bytes', 'b"{}".json() == 1'],
    ['too many parts', Array.from({ length: 200 }, (_, i) => `event.a == ${i}`).join(' || ')],
    ['too deep', `${'('.repeat(60)}true${')'.repeat(60)}`],
    ['too long', `event.name == "${'a'.repeat(3000)}"`],
    ['a huge list', `event.a in [${Array.from({ length: 500 }, (_, i) => i).join(',')}]`],
    ['splitting in a loop', 'event.items.exists(i, event.name.split("") == [])'],
  ])('%s are refused, at publish and at run', (_, text) => {
    expect(condition(text).filter(({ severity }) => severity !== 'warning')).not.toEqual([])
    expect(decide(text)).toBe(false)
  })

  test('a loop over a long list is not decided', () => {
    const event = (length: number) => ({ event: { items: Array.from({ length }, () => 1) } })
    expect(evaluateCondition('event.items.all(i, i == 1)', event(1000)).value).toBe(true)
    expect(evaluateCondition('event.items.all(i, i == 1)', event(1001))).toMatchObject({
      value: false,
      values: { undecided: ['event.items.all(i, i == 1)'] },
    })
  })

  test('a loop that searches long texts is not decided', () => {
    const event = { items: ['a'], text: 'a'.repeat(100_000) }
    expect(evaluateCondition('event.text.contains("a")', { event }).value).toBe(true)
    expect(evaluateCondition('event.items.exists(i, event.text.contains(i))', { event }).value).toBe(false)
  })

  test('no text makes checking or evaluating throw', () => {
    const word = fc.constantFrom(
      'event',
      'customer.tier',
      '.',
      '==',
      '=',
      '!=',
      '&&',
      '||',
      '!',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      '"',
      "'",
      '1',
      '2.5',
      'in',
      'and',
      'has(',
      '.exists(i,',
      'i',
      '?',
      ':',
      ',',
      '-',
      '/',
      '%',
      'null',
      'true',
      '__proto__',
      '"x"',
      ' ',
      '\n',
      '\\',
      'timestamp(',
      'duration(',
      '.size()',
      '.map(',
      'b"',
      '0x',
      '1e',
      '…',
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(word, { maxLength: 12 }).map((words) => words.join(' ')),
    )
    law(
      fc.property(text, (source) => {
        const problems = condition(source)
        for (const { offset, length, message } of problems) {
          expect(offset).toBeGreaterThanOrEqual(0)
          expect(offset).toBeLessThanOrEqual(Math.max(0, source.length - 1))
          expect(length).toBeGreaterThan(0)
          expect(message).not.toBe('')
        }
        const { value, values } = evaluateCondition(source, variables)
        expect(typeof value).toBe('boolean')
        expect(() => JSON.stringify(values)).not.toThrow()
        evaluateValue(source, variables)
        pathsRead(source)
      }),
      1000,
    )
  })

  test('a condition that passes the check and its negation never agree', () => {
    const values = {
      event: { a: 1, b: 'x', c: [1] },
      customer: {},
      now: '2026-01-01T00:00:00Z',
      today: '2026-01-01',
    }
    const leaf = fc.constantFrom(
      'event.a',
      'event.b',
      'event.c',
      'event.nope',
      '1',
      '"x"',
      'true',
      'now',
      'today',
    )
    const tree = fc.letrec<{ value: string; condition: string }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 2 },
        leaf,
        fc
          .tuple(tie('value'), fc.constantFrom('+', '-', '*', '/', '%'), tie('value'))
          .map(([a, op, b]) => `(${a} ${op} ${b})`),
      ),
      condition: fc.oneof(
        { maxDepth: 3 },
        fc
          .tuple(tie('value'), fc.constantFrom('==', '!=', '<', '>='), tie('value'))
          .map(([a, op, b]) => `${a} ${op} ${b}`),
        fc
          .tuple(tie('condition'), fc.constantFrom('&&', '||'), tie('condition'))
          .map(([a, op, b]) => `(${a}) ${op} (${b})`),
        tie('condition').map((inner) => `!(${inner})`),
      ),
    }))
    law(
      fc.property(tree.condition, (text) => {
        fc.pre(condition(text).length === 0)
        const negated = evaluateCondition(`!(${text})`, values).value
        expect(negated).toBe(!evaluateCondition(text, values).value)
      }),
      500,
    )
  })
})

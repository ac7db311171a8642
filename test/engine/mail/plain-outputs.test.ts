/** Outputs that look their value up themselves print what Liquid prints, and fail as it fails. */
import * as fc from 'fast-check'
import { Liquid } from 'liquidjs'
import { describe, expect, test } from 'vitest'
import { htmlLiquid, renderWithin, textLiquid } from '../../../engine/mail/liquid.ts'
import { withPlainOutputs } from '../../../engine/mail/plain-outputs.ts'

function outcome(run: () => string): string {
  try {
    return `printed ${run()}`
  } catch (error) {
    return `failed ${String(error)}`
  }
}

function both(liquid: Liquid, source: string, variables: object) {
  return {
    plain: outcome(() => renderWithin(liquid, withPlainOutputs(liquid.parse(source), liquid), variables)),
    liquid: outcome(() => renderWithin(liquid, liquid.parse(source), variables)),
  }
}

class Other {
  name = 'mine'
  toLiquid() {
    return { name: 'another' }
  }
}

class Shop {
  name = 'own'
  get address() {
    return 'of the class'
  }
}

const names = [
  'customer',
  'first',
  'size',
  'last',
  'name',
  'toLiquid',
  'constructor',
  '__proto__',
  'length',
  '0',
  'a b',
]
const path = fc
  .array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 })
  .map(([root = '', ...rest]) =>
    [
      /^\w+$/.test(root) && !/^\d/.test(root) ? root : 'customer',
      ...rest.map((name) => (/^[a-z_]\w*$/i.test(name) ? `.${name}` : `["${name}"]`)),
    ].join(''),
  )
const output = path.map((at) => `{{ ${at} }}`)
const piece = fc.oneof(
  { weight: 6, arbitrary: output },
  path.map((at) => `{{ ${at} | default: "none" }}`),
  path.map((at) => `{{ customer[${at}] }}`),
  path.map((at) => `{% assign customer = ${at} %}`),
  path.map((at) => `{% if ${at} %}{{ ${at} }}{% endif %}`),
  path.map((at) => `{% for name in ${at} %}{{ name }}{{ customer.name }}{% endfor %}`),
  fc.constantFrom(' <b> ', '{{ "text" }}', '{{ 3 }}', '{{ customer.name == "x" }}'),
)
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(
      '',
      'Anna & <Bo>',
      `"'`,
      0,
      -1.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      true,
      false,
      null,
      undefined,
    ),
    fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 5 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.constant(new Shop()),
  ),
}))
const variables = fc.dictionary(fc.constantFrom('customer', 'name', 'first'), value, { maxKeys: 3 })

describe.each([
  ['html', htmlLiquid],
  ['text', textLiquid],
])('%s', (_, liquid) => {
  test('any mail with any values', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), variables, (pieces, values) => {
        const { plain, liquid: expected } = both(liquid, pieces.join(''), values)
        expect(plain).toBe(expected)
      }),
      { numRuns: 3000, seed: 20260326 },
    )
  })

  test.each([
    ['a text', { customer: { name: '<Anna>' } }],
    ['a number', { customer: { name: 3.5 } }],
    ['nothing', { customer: {} }],
    ['null', { customer: { name: null } }],
    ['no number', { customer: { name: Number.NaN } }],
    ['an object', { customer: { name: { first: 'Anna' } } }],
    ['a member of the class', { customer: new Shop() }],
    ['a class that shows something else', { customer: new Other() }],
    ['no customer', {}],
    ['an object without a prototype', { customer: Object.assign(Object.create(null), { name: 'Anna' }) }],
  ])('%s', (_what, values) => {
    const { plain, liquid: expected } = both(liquid, 'Hello {{ customer.name }}', values)
    expect(plain).toBe(expected)
  })
})

test.each([
  '{{ customer.name == "x" }}',
  '{{ customer.name | upcase }}',
  '{{ customer.name | upcase | downcase }}',
  '{{ customer["name"] }}',
  '{{ customer[customer.key] }}',
  '{{ customer.orders[1] }}',
  '{{ customer.orders.size }}',
  '{{ customer.orders.first }}',
  '{{ "text" }}',
])('%s', (source) => {
  const customer = { name: 'Anna', key: 'name', orders: ['one', 'two'], size: 3 }
  const { plain, liquid } = both(textLiquid, source, { customer })
  expect(plain).toBe(liquid)
  expect(plain).toMatch(/^printed ./)
})

test('what is plain is not left to Liquid', () => {
  const liquid = new Liquid({ outputEscape: (text) => `[${String(text)}]` })
  const [template] = withPlainOutputs(liquid.parse('{{ customer.name }}'), liquid)
  expect(template?.constructor.name).not.toBe('Output')
  expect(renderWithin(liquid, template ? [template] : [], { customer: { name: 'Anna' } })).toBe('[Anna]')
})

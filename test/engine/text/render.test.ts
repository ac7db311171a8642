/** A text message as it goes out: without holes, without markup, and without what steers a device. */
import { describe, expect, test } from 'vitest'
import { renderText } from '../../../engine/text/render.ts'
import type { CompiledText } from '../../../engine/text/template.ts'
import { variables } from '../mail/template.ts'

const text = (body: string, more: Partial<CompiledText> = {}): CompiledText => ({
  form: 'text',
  name: 'reminder',
  locale: null,
  body,
  variables: [],
  ...more,
})
const approved = (...parameters: string[]) => ({
  whatsapp: { template: 'reminder', language: 'en', parameters },
})
const zoe = variables({ customer: { firstName: 'Zoë & "Jo" <b>' } })

test('values stand as they are', () => {
  expect(renderText(text('Hi {{ customer.firstName }}\n'), zoe)).toEqual({ body: 'Hi Zoë & "Jo" <b>' })
})

test.each([
  ['a hole', 'Hi {{ customer.nickname }}', /text: undefined variable: customer.nickname/],
  ['nothing at all', '{% if customer.nickname %}Hi{% endif %}\n', /text: nothing is left of it/],
])('%s is not sent', (_which, body, said) => {
  expect(() => renderText(text(body), zoe)).toThrow(said)
})

test('control characters go, line breaks stay, and empty lines of conditions are closed up', () => {
  const given = variables({ customer: { firstName: 'A\u0000n\u001bn\u009ba\t!' } })
  const body = 'Hi {{ customer.firstName }}\r\n\r\n{% if customer.x %}no{% endif %}\n\n\nBye\u0007'
  expect(renderText(text(body), given).body).toBe('Hi Anna !\n\nBye')
})

describe('by WhatsApp', () => {
  test('parameters are rendered, each in one line', () => {
    const given = variables({ customer: { firstName: 'An\n\tna' } })
    const { whatsapp } = renderText(text('Hi', approved('{{ customer.firstName }}', 'at 9')), given)
    expect(whatsapp).toEqual({ template: 'reminder', language: 'en', parameters: ['An na', 'at 9'] })
  })

  test('one that is missing or empty is not sent', () => {
    expect(() => renderText(text('Hi', approved('{{ customer.nickname }}')), zoe)).toThrow(
      /^parameters\[0\]:/,
    )
    const empty = text('Hi', approved('a', '{{ customer.firstName }}'))
    expect(() => renderText(empty, variables({ customer: { firstName: ' ' } }))).toThrow(
      'parameters[1]: nothing is left of it',
    )
  })
})

/** Scenarios: reading them, playing them, and saying what went wrong. */
import { describe, expect, it } from 'vitest'
import { parseScenarios, runScenario } from '../../engine/scenario.ts'
import { templates, winBack } from './win-back.ts'
import { settings } from './world.ts'

const anna =
  '{ id: anna, email: anna@example.it, firstName: Anna, locale: it, timezone: Europe/Rome, tier: silver }'
const story = (expectations: string, more = '') => `
- scenario: an unhappy customer
  customer: ${anna}
  given:
    - at: 2026-03-26T16:00
      event: csat.rated
      data: { score: 1, ticketId: T-1 }
${more}
  expect:
${expectations
  .trim()
  .split('\n')
  .map((line) => `    ${line}`)
  .join('\n')}
`
const purchase = `    - after: 5 days
      event: purchase
      data: { total: 80.0 }`

function play(text: string) {
  const { issues, scenarios } = parseScenarios(text)
  expect(issues).toEqual([])
  return scenarios.map((scenario) => runScenario({ program: winBack, templates }, scenario, settings))
}

describe('a scenario', () => {
  it('of the language document passes', () => {
    const expectations = `
- at: 2026-03-26T16:00
  mail: apology
  subject: { contains: "Ci dispiace" }
- task: recover
  title: { equals: "Anna rated ticket T-1 with 1" }
  queue: care-team
- ends: recovered
- converted: true
- never: come-back`
    expect(play(story(expectations, purchase))).toMatchObject([{ passed: true, failures: [] }])
  })

  it('sees consent: no opt-in, no offer; with an opt-in the offer comes on time', () => {
    expect(play(story('- never: come-back\n- ends: completed\n- coupon: offer'))).toMatchObject([
      { failures: [] },
    ])
    const optIn = '    - after: 1 day\n      consent: { offers: true }'
    const offer =
      '- at: 2026-04-13T10:00\n  mail: come-back\n  text: { contains: "BACK-" }\n- mail: come-back\n  count: 1'
    expect(play(story(offer, optIn))).toMatchObject([{ failures: [] }])
  })

  it.each([
    [
      '- at: 2026-03-26T17:00\n  mail: apology',
      'line 10: expected mail apology at 2026-03-26 17:00 Europe/Rome; it came at 2026-03-26 16:00; nothing happened then; that day: 2026-03-26 16:00 event csat.rated (score: 1, ticketId: "T-1")',
    ],
    [
      '- at: 2026-03-26\n  mail: apology\n  subject: { contains: "Sorry" }',
      'its subject does not contain "Sorry" (it is "Ci dispiace, Anna")',
    ],
    [
      '- mail: come-back',
      'come-back: gate.consent refused (topic: "offers", basis: "consent", answer: null)',
    ],
    ['- never: apology', 'expected never apology, but it came at 2026-03-26 16:00 Europe/Rome'],
    [
      '- never: apolgy',
      'the workflow has no mail, task, coupon, emitted event or webhook `apolgy`; did you mean `apology`?',
    ],
    [
      '- ends: converted',
      'expected the journey to end as converted; it ended as completed at 2026-04-13 10:00',
    ],
    ['- mail: apology\n- mail: apology', 'line 11: expected mail apology; what happened'],
    ['- mail: apology\n  count: 2', 'expected 2 × mail apology, found 1'],
    ['- enters: false', 'expected no journey to begin'],
    ['- converted: true', 'expected the goal to be reached'],
  ])('that expects too much is explained: %s', (expectations, failure) => {
    const [result] = play(story(expectations))
    expect(result?.passed).toBe(false)
    expect(result?.failures.join('\n')).toContain(failure)
  })

  it.each([
    [
      '- scenario: a\n  customer: {}\n  given: []\n  expect:\n    - mial: apology',
      5,
      'does not know `mial`',
      'Did you mean `mail`?',
    ],
    [
      '- scenario: a\n  customer: {}\n  given:\n    - event: x\n  expect:\n    - mail: y',
      4,
      'It is not said when',
      '`after: 5 days`',
    ],
    [
      '- scenario: a\n  customer: {}\n  given:\n    - at: soon\n      event: x\n  expect:\n    - mail: y',
      4,
      'expects a time',
      '2026-03-26T16:00',
    ],
    [
      '- scenario: a\n  customer: {}\n  expect:\n    - mail: y',
      1,
      'Nothing happens in this scenario',
      'start',
    ],
    [
      '- scenario: a\n  customer: {}\n  start: 2026-01-01\n  expect:\n    - mail: y\n      task: z',
      6,
      'about one thing',
      'Put a dash before `task`',
    ],
    [
      '- scenario: a\n  customer: {}\n  start: 2026-01-01\n  expect:\n    - ends: y\n      subject: { equals: a }',
      6,
      '`subject` does not go with `ends`',
      '',
    ],
    ['- scenario: a\n  customer: {}\n  start: 2026-01-01\n  expect: []', 4, 'expects nothing', ''],
    ['scenario: a', 1, 'expects a list', ''],
    ['- scenario: "a', 1, 'quote is never closed', ''],
  ])('that is misspelt is refused with its place: %s', (text, line, message, hint) => {
    const { issues, scenarios } = parseScenarios(text)
    expect(scenarios).toEqual([])
    const found = issues.find((issue) => issue.message.includes(message))
    expect(found, JSON.stringify(issues)).toMatchObject({ line, severity: 'error', file: 'scenarios.yaml' })
    expect(found?.hint ?? '').toContain(hint)
  })
})

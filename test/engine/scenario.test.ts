/** Scenarios: reading them, playing them, and saying what went wrong. */
import { describe, expect, it } from 'vitest'
import { parseScenarios, runScenario } from '../../engine/scenario.ts'
import { templates, winBack } from './win-back.ts'
import { program, settings } from './world.ts'

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

describe('what a workflow makes of its customer', () => {
  const learning = program([
    { verb: 'set', id: 'set-1', next: 'wait-1', values: { tier: '"gold"', likes: '["tea"]', lead: 'null' } },
    { verb: 'wait', id: 'wait-1', next: 'set-2', duration: 'P3D' },
    { verb: 'set', id: 'set-2', next: null, values: { tier: '"silver"' } },
  ])
  const run = (expectations: string) => {
    const { issues, scenarios } = parseScenarios(story(expectations), learning)
    expect(issues.map(({ message, hint }) => `${message} | ${hint}`)).toEqual([])
    return scenarios.flatMap(
      (scenario) => runScenario({ program: learning, templates: [] }, scenario, settings).failures,
    )
  }

  it('is expected by its values, all or some of them, when it comes', () => {
    const expectations = `
- customer: { tier: gold, likes: [tea] }
  at: 2026-03-26T16:00
- at: 2026-03-29
  customer: { tier: silver }`
    expect(run(expectations)).toEqual([])
    expect(run('- customer: { lead: null }')).toEqual([])
  })

  it.each([
    [
      'another value',
      '- at: 2026-03-26T16:00\n  customer: { tier: bronze, likes: [] }',
      'line 10: expected the workflow to set tier: "bronze", likes: [] at 2026-03-26 16:00 Europe/Rome; it set the customer, but tier is "gold", not "bronze" and likes is ["tea"], not []',
    ],
    [
      'another time',
      '- at: 2026-03-28\n  customer: { tier: gold }',
      'line 10: expected the workflow to set tier: "gold" on 2026-03-28 Europe/Rome; it did at 2026-03-26 16:00 and 2026-03-29 16:00; nothing happened that day; the last thing before was 2026-03-26 16:00 waiting at wait-1 until 2026-03-29 16:00; the next one 2026-03-29 16:00 the profile changed (tier: "silver")',
    ],
    [
      'as often as there are such',
      '- customer: { likes: [tea] }\n- customer: { likes: [tea] }',
      /^line 11: expected the workflow to set likes: \["tea"\]; what happened: /,
    ],
    [
      'two at once that come one after the other',
      '- at: 2026-03-29\n  customer: { tier: silver, likes: [tea] }',
      'line 10: expected the workflow to set tier: "silver", likes: ["tea"] on 2026-03-29 Europe/Rome; it set the customer, but likes is as it was, not ["tea"]',
    ],
  ])('is told when it is %s', (_, expectations, failure) => {
    expect(run(expectations)).toEqual([
      typeof failure === 'string' ? failure : expect.stringMatching(failure),
    ])
  })

  it.each([
    ['- customer: { teir: gold }', 'The workflow has no `set` of `teir` | Did you mean `tier`?'],
    [
      '- customer: gold',
      '`customer` expects keys with values, not "gold" | For example: customer: { tier: gold }',
    ],
    ['- customer: { tier: gold }\n  count: 2', '`count` does not go with `customer` | It goes with `at`.'],
  ])('%s is no expectation', (expectations, told) => {
    const { issues } = parseScenarios(story(expectations), learning)
    expect(issues.map(({ message, hint }) => `${message} | ${hint}`)).toEqual([told])
  })
})

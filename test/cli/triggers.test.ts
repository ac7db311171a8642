/** What `premura explain` says of triggers and enrollment. */
import { expect, test } from 'vitest'
import { DEFAULT_LAYOUT, DEFAULT_SETTINGS } from '../../engine/default-settings.ts'
import { shell } from './shell.ts'

async function told(text: string): Promise<string> {
  const definition = `workflow: care\ntopic: service\n${text}steps:\n  - stop: done\n`
  const { run } = await shell({
    'workflows/settings.yaml': DEFAULT_SETTINGS,
    'workflows/layout.mjml': DEFAULT_LAYOUT,
    'workflows/care/workflow.yaml': definition,
  })
  const { code, out, err } = await run('explain care', { columns: 1000 })
  expect(err).toBe('')
  expect(code).toBe(0)
  return out
}

test.each([
  [
    'trigger: { date: visit, every: once, offset: -2 hours }\n',
    'Starts: once, 2 hours before the customer’s visit, at the time that it names (09:00 where it names none), in their local time; a day that was missed is left out',
  ],
  [
    'trigger: { date: renewal, every: month, offset: 1 day, at: "18:00", past: now }\n',
    'Starts: every month, 1 day after the customer’s renewal, at 18:00 in their local time; a day that was missed is made up for',
  ],
  [
    'trigger: { becomes: customer.tier == "gold" }\n',
    'Starts: when what is known of the customer changes so that `customer.tier == "gold"` holds',
  ],
  [
    'trigger: { calendar: "12-20", at: "10:00" }\n',
    'Starts: on 20 December every year, at 10:00 where each customer lives; a day that was missed is left out',
  ],
  [
    'trigger: { calendar: "0 9 * 1,7 mon#1,5L", past: now }\n',
    'Starts: on the first Monday and the last Friday of January and July, at 09:00 where each customer lives; a day that was missed is made up for',
  ],
  [
    'trigger: { calendar: "0 9 1,L * *" }\n',
    'Starts: on day 1 and the last day of each month, at 09:00 where each customer lives; a day that was missed is left out',
  ],
  [
    'trigger: { event: purchase }\npriority: 20\n',
    'Priority: 20: where a cap leaves room for one of the messages of a day, the higher goes first',
  ],
  [
    'trigger: { event: purchase }\nenroll: { holdout: 5% }\n',
    'Held out: 5 percent of the customers, always the same ones, to compare them with those who enter',
  ],
])('%j', async (text, line) => {
  const lines = (await told(text)).split('\n').map((each) => each.replace(/ {2,}/, ': '))
  expect(lines).toContain(line)
})

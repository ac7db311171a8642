/** What is told about the ways that journeys take: in the figures, and to whoever asks why. */
import { expect, test } from 'vitest'
import { why } from '../../runtime/why.ts'
import { Deployment, programOf, send } from './deployment.ts'

const anna = { email: 'anna@example.it', timezone: 'Europe/Rome', firstName: 'Anna' }

test('the figures count who went which way, and who reached the goal', async () => {
  const deployment = new Deployment({ config: { soleOwner: true } })
  await deployment.publish(
    programOf(
      [
        {
          verb: 'split',
          id: 'split-1',
          next: 'wait-1',
          arms: [
            { share: 50, first: 'wait-1' },
            { share: 50, first: 'wait-1' },
          ],
        },
        { verb: 'wait', id: 'wait-1', next: null, duration: 'P1D' },
      ],
      { goal: { event: 'booking.made', within: 'P60D' }, listensTo: ['booking.made'] },
    ),
  )
  const many = 20
  for (let n = 0; n < many; n++)
    await deployment.post({ customerId: `customer-${n}`, data: { orderId: `o-${n}` } }, anna)
  await deployment.deliver()
  for (let n = 0; n < many / 2; n++)
    await deployment.post({ id: 'b', type: 'booking.made', customerId: `customer-${n}` })
  await deployment.deliver()
  const counted = await deployment.runtime.figures.workflow('care', '2026-03-01', '2026-04-30')
  const { 'split.split-1.arm-1': one = 0, 'split.split-1.arm-2': other = 0 } = counted
  expect(one + other).toBe(many)
  expect(Math.min(one, other)).toBeGreaterThan(2)
  const converted = ['arm-1', 'arm-2'].map((arm) => counted[`split-converted.split-1.${arm}`] ?? 0)
  expect(converted.reduce((sum, n) => sum + n, 0)).toBe(many / 2)
})

test('who asks why a mail did not come hears which way the journey took, and on what grounds', async () => {
  const deployment = new Deployment({ config: { soleOwner: true } })
  await deployment.publish(
    programOf([
      {
        verb: 'choose',
        id: 'choose-1',
        next: 'wait-1',
        cases: [
          { when: 'event.total > 100', first: 'rich' },
          { when: 'event.total > 10', first: 'wait-1' },
        ],
        else: 'poor',
      },
      send('rich', 'wait-1'),
      send('poor', 'wait-1'),
      {
        verb: 'wait',
        id: 'wait-1',
        next: 'soon',
        until: { value: 'customer.renewal' },
        past: 'skip',
        beyond: null,
      },
      send('soon', null),
    ]),
  )
  await deployment.post({ data: { orderId: 'o-1', total: 50 } }, anna)
  await deployment.live()
  const asked = async (step: string) => {
    const reply = await why(deployment.runtime, 'anna', { workflow: 'care', step })
    return 'answer' in reply ? reply : { answer: '', because: [] }
  }
  const rich = await asked('rich')
  expect(rich.answer).toMatch(
    /at choose-1 the journey took the other way .* because event\.total > 10 was the first to hold/,
  )
  expect(rich.because).toMatchObject([
    { rule: 'choose', outcome: 'when-2', values: { 'event.total': 50 }, expression: 'event.total > 10' },
  ])
  expect((await asked('soon')).answer).toMatch(/because the date to wait for had gone by, or was not known/)
})

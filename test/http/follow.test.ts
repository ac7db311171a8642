/** What a journey follows, as the API and the pages show it. */
import { expect, test } from 'vitest'
import { care, careApi, careMails, closeTicket, linkIn } from './care.ts'

const following = care.replace(
  '  per: event.ticketId\n',
  '  per: event.ticketId\n  follow:\n    - event: ticket.assigned\n      when: event.ticketId == enrollment.key\n',
)

async function assigned() {
  const api = await careApi()
  await api.publish('care', following, careMails)
  await closeTicket(api)
  const data = { ticketId: 'T-1', agent: 'Bruna', channel: null }
  await api.post('/v1/events', { id: 'E-2', type: 'ticket.assigned', customerId: 'anna', data })
  await api.settle()
  return api
}

test('the answer to a survey and the task that it leads to know the thing as it is now', async () => {
  const api = await assigned()
  await api.form(linkIn(api, 'r'), { score: '1' })
  await api.settle()
  const { json } = await api.get('/v1/customers/anna/timeline?limit=200')
  const rated = json.entries.find((entry: { type?: string }) => entry.type === 'csat.rated')
  expect(rated.data).toMatchObject({ ticketId: 'T-1', agent: 'Bruna' })
  expect(rated.data).not.toHaveProperty('channel')
  const { context } = (await api.get('/v1/tasks')).json.tasks[0]
  expect(context.event).toMatchObject({ type: 'ticket.closed', data: { agent: 'Bruna' } })
})

test('the timeline and the reasons say what was followed', async () => {
  const api = await assigned()
  const told = { rule: 'follow', outcome: 'followed', values: { event: 'E-2', fields: 'agent, channel' } }
  const { json } = await api.get('/v1/customers/anna/timeline?limit=200')
  expect(JSON.stringify(json.entries)).toContain('"rule":"follow"')
  const why = (await api.get('/v1/customers/anna/why?workflow=care')).json
  expect(why.because).toContainEqual(
    expect.objectContaining({ ...told, expression: 'event.ticketId == enrollment.key' }),
  )
})

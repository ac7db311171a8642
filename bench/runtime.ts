/** The same purchases with SDK, emulator and HTTP taken out: the runtime and the engine on ports in memory. */
import { changeProfile } from '../runtime/customers.ts'
import { accept } from '../runtime/ingest.ts'
import { handle } from '../runtime/handle.ts'
import { publish, saveDraft } from '../runtime/publishing.ts'
import { createRuntime } from '../runtime/runtime.ts'
import { work } from '../runtime/work.ts'
import { memoryWorld } from '../test/memory-world.ts'
import { MAIL, WORKFLOW } from './purchases.ts'

export interface RuntimeFigures {
  perSecond: number
  cpuSecondsPer1000: number
}

export async function runtimeFigures(purchases: number): Promise<RuntimeFigures> {
  const world = memoryWorld({ config: { soleOwner: true } })
  const runtime = createRuntime(world)
  await saveDraft(runtime, 'bench', {
    'workflow.yaml': WORKFLOW,
    'large.mjml': MAIL,
    'small.mjml': MAIL,
  })
  const published = await publish(runtime, 'bench')
  if (!published.ok)
    throw new Error(`the bench workflow was not published: ${JSON.stringify(published.issues)}`)
  const shop = async (run: string, count: number) => {
    for (let n = 0; n < count; n++) {
      const customerId = `${run}-${n}`
      const data = { orderId: customerId, total: 20 + (n % 80), currency: 'EUR' }
      const event = { id: `order-${n}`, type: 'bench.bought', customerId, at: world.clock.now(), data }
      await accept(runtime, [{ event }])
      const message = world.queue.take()
      if (message) await handle(runtime, work.parse(JSON.parse(message.body)))
    }
  }
  const register = async (run: string, count: number) => {
    for (let n = 0; n < count; n++) {
      const id = `${run}-${n}`
      await changeProfile(runtime, id, () => ({ id, email: `${id}@example.com`, firstName: 'Anna' }))
    }
  }
  await register('warm', 500)
  await shop('warm', 500)
  await register('bench', purchases)
  const before = process.cpuUsage()
  const startedAt = performance.now()
  await shop('bench', purchases)
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(before)
  if (world.sender.mails.length !== purchases + 500) throw new Error('a mail is missing')
  return {
    perSecond: Math.round(purchases / seconds),
    cpuSecondsPer1000: Math.round(((user + system) / 1e6 / purchases) * 1000 * 100) / 100,
  }
}

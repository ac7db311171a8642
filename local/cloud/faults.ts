/** Faults to order, for tests: refusals, and answers that are lost before or after the call took effect. */
import type { ServiceName } from '../../aws/clients.ts'
import { type Answer, type Call, ServiceError } from './service.ts'

export type Fault =
  /** Answers this error; nothing happens. */
  | { kind: 'error'; name: string; message?: string; status?: number; more?: object }
  /** The connection breaks; the call never happened. */
  | { kind: 'lost-before' }
  /** The call happens; the connection breaks before its answer. */
  | { kind: 'lost-after' }

interface Order {
  service: ServiceName
  operation: string
  fault: Fault
  left: number
}

export class Faults {
  #orders: Order[] = []
  /** The mailbox does not say what it took, as SES does not. */
  mute = false

  /** The next `times` calls of an operation fail; orders for the same operation are used up one after the other. */
  next(service: ServiceName, operation: string, fault: Fault, times = 1): void {
    this.#orders.push({ service, operation, fault, left: times })
  }

  clear(): void {
    this.#orders = []
  }

  async around(service: ServiceName, call: Call): Promise<Answer> {
    const order = this.#orders.find(
      (one) => one.left > 0 && one.service === service && one.operation === call.operation,
    )
    if (!order) return call.run()
    order.left--
    const { fault } = order
    if (fault.kind === 'error')
      throw new ServiceError(fault.name, fault.message ?? fault.name, fault.status, fault.more)
    if (fault.kind === 'lost-after') await call.run()
    throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
  }
}

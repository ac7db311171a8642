/** Where the pressure proofs of the runtime take place: the table of the embedded cloud on disk, metered; the rest in memory. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dynamodbClient } from '../../aws/clients.ts'
import { createTable } from '../../aws/dynamodb.ts'
import { type Cloud, names, openCloud } from '../../local/cloud/cloud.ts'
import { handle } from '../../runtime/handle.ts'
import type { QueuedMessage, Row, Table, World } from '../../runtime/ports.ts'
import { publish, type PublishOptions, saveDraft } from '../../runtime/publishing.ts'
import { createRuntime, type Runtime } from '../../runtime/runtime.ts'
import { work, type Work } from '../../runtime/work.ts'
import { type MemoryWorld, memoryWorld } from '../../test/memory-world.ts'
import { rounded } from './watch.ts'

/** What was asked of the table. */
export interface Asked {
  readUnits: number
  writeUnits: number
  /** `GetItem`, `Query` and `Scan`; the rest are writes. */
  reads: number
  writes: number
}

/** Written side by side: enough to keep the database busy. */
const WRITERS = 200

export class Place {
  readonly world: MemoryWorld
  readonly runtime: Runtime
  readonly table: Table
  /** Called with every page of a scan, for whoever watches on the way. */
  onPage: () => void = () => {}
  /** Messages that the runtime has sent, by kind. */
  readonly sent = new Map<Work['kind'], number>()
  /** Of these kinds no more than so many go further; the rest is counted, and forgotten. */
  readonly most = new Map<Work['kind'], number>()
  readonly #cloud: Cloud
  readonly #dir: string

  private constructor(world: MemoryWorld, cloud: Cloud, dir: string) {
    this.world = world
    this.#cloud = cloud
    this.#dir = dir
    const clients = { handler: cloud.requestHandler, direct: cloud.direct, region: names.region }
    const client = dynamodbClient(clients)
    const table = createTable({ client, table: names.table, now: () => world.clock.now() })
    const own: World = {
      ...world,
      // Nobody reads the lines here, and they would be kept.
      log: () => {},
      table: {
        ...table,
        scan: (options) => {
          this.onPage()
          return table.scan(options)
        },
      },
      queue: { send: async (messages) => this.#send(messages) },
    }
    this.table = table
    this.runtime = createRuntime(own)
  }

  static async open(at: string): Promise<Place> {
    const dir = mkdtempSync(join(tmpdir(), 'premura-pressure-'))
    const world = memoryWorld({ at })
    // A sender that remembers each mail would grow with them.
    world.sender.answer = () => ({ status: 'sent', messageId: 'm' })
    return new Place(world, await openCloud({ dir, clock: world.clock }), dir)
  }

  async close(): Promise<void> {
    await this.#cloud.close()
    rmSync(this.#dir, { recursive: true, force: true })
  }

  async publish(name: string, definition: string, options: PublishOptions = {}): Promise<void> {
    const mail = `---\nsubject: Hello\n---\n<mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section>\n`
    await saveDraft(this.runtime, name, { 'workflow.yaml': definition, 'hello.mjml': mail })
    const result = await publish(this.runtime, name, options)
    if (!result.ok) throw new Error(`the workflow was not published: ${JSON.stringify(result)}`)
  }

  /** Rows as they are, straight into the table. */
  async lay(rows: Iterable<Row>, told: (laid: number) => void = () => {}): Promise<void> {
    let batch: Row[] = []
    let laid = 0
    const flush = async () => {
      await Promise.all(batch.map((row) => this.table.put(row, { kind: 'any' })))
      laid += batch.length
      batch = []
      told(laid)
    }
    for (const row of rows) if (batch.push(row) === WRITERS) await flush()
    await flush()
  }

  /** Handles what is queued until nothing is left, or only messages of the kind `not`, which are answered. */
  async deliver(not?: Work['kind']): Promise<Work[]> {
    const kept: Work[] = []
    for (let message = this.world.queue.take(); message; message = this.world.queue.take()) {
      const one = work.parse(JSON.parse(message.body))
      if (one.kind === not) kept.push(one)
      else await handle(this.runtime, one)
    }
    return kept
  }

  /** Counts anew what is sent of a kind, and lets no more than `most` of it go further. */
  count(kind: Work['kind'], most = Number.POSITIVE_INFINITY): void {
    this.sent.delete(kind)
    this.most.set(kind, most)
  }

  /** What doing this asks of the table. */
  async asked(run: () => Promise<unknown>): Promise<Asked> {
    const before = this.#meter()
    await run()
    const after = this.#meter()
    return {
      readUnits: rounded(after.readUnits - before.readUnits),
      writeUnits: rounded(after.writeUnits - before.writeUnits),
      reads: after.reads - before.reads,
      writes: after.writes - before.writes,
    }
  }

  #meter(): Asked {
    const { calls, dynamodb } = this.#cloud.meter.read()
    const count = (...operations: string[]) =>
      operations.reduce((sum, operation) => sum + (calls[`dynamodb.${operation}`] ?? 0), 0)
    return {
      ...dynamodb,
      reads: count('GetItem', 'Query', 'Scan'),
      writes: count('PutItem', 'UpdateItem', 'DeleteItem'),
    }
  }

  async #send(messages: QueuedMessage[]): Promise<void> {
    const kept = messages.filter(({ body }) => {
      const { kind } = work.parse(JSON.parse(body))
      const before = this.sent.get(kind) ?? 0
      this.sent.set(kind, before + 1)
      return before < (this.most.get(kind) ?? Number.POSITIVE_INFINITY)
    })
    await this.world.queue.send(kept)
  }
}

/** Puts a deployment's world and the rules together. Everything that can reach the runtime calls one of these verbs. */
import { Catalog } from './catalog.ts'
import { Figures } from './figures.ts'
import { handle } from './handle.ts'
import type { World } from './ports.ts'
import { type SweepReport, sweep } from './sweep.ts'
import { type TickReport, Ticker } from './tick.ts'
import type { Work } from './work.ts'
import { Zones } from './zones.ts'

export interface Runtime {
  world: World
  catalog: Catalog
  figures: Figures
  zones: Zones
  /** Handles one message of the queue. Throws when it has to come again. */
  handle(work: Work): Promise<void>
  /** Starts what date triggers have made due since the last tick. */
  tick(): Promise<TickReport>
  /** Finds what is overdue or may have lost its timer, wakes it, and recounts the figures. */
  sweep(options?: { workflow?: string }): Promise<SweepReport>
}

export function createRuntime(world: World): Runtime {
  const ticker = new Ticker()
  const runtime: Runtime = {
    world,
    catalog: new Catalog(world),
    figures: new Figures(world),
    zones: new Zones(world),
    handle: (work) => handle(runtime, work),
    tick: () => ticker.tick(runtime),
    sweep: (options) => sweep(runtime, options),
  }
  return runtime
}

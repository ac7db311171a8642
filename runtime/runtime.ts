/**
 * What a process has of a deployment: its world, and what it keeps of it between messages. The rules are functions of
 * this (`handle`, `sweep`, `publish`, …) and not its methods, so that each entry point carries the rules that it calls.
 */
import { Catalog } from './catalog.ts'
import { Figures } from './figures.ts'
import { type Pacings, pacingsOf } from './pacing.ts'
import type { World } from './ports.ts'
import { Restores } from './restores.ts'
import { Zones } from './zones.ts'

export interface Runtime {
  world: World
  catalog: Catalog
  figures: Figures
  zones: Zones
  pacing: Pacings
  restores: Restores
}

export function createRuntime(world: World): Runtime {
  const catalog = new Catalog(world)
  return {
    world,
    catalog,
    figures: new Figures(world),
    zones: new Zones(world),
    pacing: pacingsOf(world),
    restores: new Restores(world, catalog),
  }
}

/** The deployment's settings and mail layout, as they were last pushed. */
import * as z from 'zod'
import { DEFAULT_LAYOUT, DEFAULT_SETTINGS } from '../engine/language/default-settings.ts'
import { parseSettings } from '../engine/language/settings.ts'
import type { Issue } from '../engine/issue.ts'
import type { Settings } from '../engine/model.ts'
import { freshFor } from './freshness.ts'
import { SETTINGS_PK } from './keys-of-rows.ts'
import type { World } from './ports.ts'

const SK = 'settings'
const FRESH_MS = 10_000

const stored = z.object({ text: z.string(), layout: z.string() })

export interface DeploymentSettings {
  settings: Settings
  layout: string
  /** The YAML as it was written. */
  text: string
}

export class SettingsStore {
  readonly #world: World
  #cached: { value: DeploymentSettings; readAtMs: number } | undefined

  constructor(world: World) {
    this.#world = world
  }

  async read(): Promise<DeploymentSettings> {
    const nowMs = this.#world.clock.monotonicMs()
    if (this.#cached && nowMs - this.#cached.readAtMs < freshFor(this.#world, FRESH_MS))
      return this.#cached.value
    const row = await this.#world.table.get(SETTINGS_PK, SK, { consistent: false })
    const { text, layout } = row?.body
      ? stored.parse(JSON.parse(row.body))
      : { text: DEFAULT_SETTINGS, layout: DEFAULT_LAYOUT }
    const { settings } = parseSettings(text)
    if (!settings) throw new Error('the stored settings do not parse: they were written by a newer version')
    const value = { settings, layout, text }
    this.#cached = { value, readAtMs: nowMs }
    return value
  }

  /** Saved only when no issue is an error. Without a layout, the one in use stays. */
  async save(text: string, layout?: string): Promise<Issue[]> {
    const { issues, settings } = parseSettings(text)
    if (!settings || issues.some(({ severity }) => severity === 'error')) return issues
    const before = await this.read()
    const value = { settings, layout: layout ?? before.layout, text }
    const body = JSON.stringify({ text, layout: value.layout })
    await this.#world.table.put({ pk: SETTINGS_PK, sk: SK, body }, { kind: 'any' })
    this.#cached = { value, readAtMs: this.#world.clock.monotonicMs() }
    return issues
  }
}

/**
 * The deployment's settings and mail layout, as they were last pushed. The row holds them as they were written and as
 * they were read then, so that whoever handles a message needs no reader of YAML.
 */
import * as z from 'zod'
import { DEFAULT_LAYOUT, DEFAULT_SETTINGS, DEFAULT_SETTINGS_READ } from '../engine/default-settings.ts'
import type { Instant, Settings } from '../engine/model.ts'
import { freshFor } from './freshness.ts'
import { SETTINGS_PK } from './keys-of-rows.ts'
import type { World } from './ports.ts'

const SK = 'settings'
const FRESH_MS = 10_000

const stored = z.object({
  text: z.string(),
  layout: z.string(),
  changed: z.object({ by: z.string(), at: z.number() }).optional(),
  // Written by this very code, from checked text; the engine trusts its shape.
  settings: z
    .custom<Settings>((value) => typeof value === 'object' && value !== null && 'senders' in value)
    .optional()
    .catch(undefined),
})

export interface WrittenSettings {
  /** Who saved them: the name of a key or of a person. */
  changed?: { by: string; at: Instant } | undefined
  /** The YAML as it was written. */
  text: string
  layout: string
}

export interface DeploymentSettings extends WrittenSettings {
  settings: Settings
}

/** Nothing is sent under another brand than the one that was written down: messages wait until it is pushed again. */
export class SettingsUnreadable extends Error {
  constructor() {
    super('The stored settings are not in the form that this version reads; push them again (premura push).')
    this.name = 'SettingsUnreadable'
  }
}

export class SettingsStore {
  readonly #world: World
  #cached: { value: DeploymentSettings; readAtMs: number } | undefined
  #readAgain: { text: string; settings: Settings } | undefined

  constructor(world: World) {
    this.#world = world
  }

  /** @throws {SettingsUnreadable} */
  async read(): Promise<DeploymentSettings> {
    const nowMs = this.#world.clock.monotonicMs()
    if (this.#cached && nowMs - this.#cached.readAtMs < freshFor(this.#world, FRESH_MS))
      return this.#cached.value
    const { text, layout, ...row } = await this.#load({ consistent: false })
    const settings = row.settings ?? (await this.#fromText(text))
    const value = { settings, layout, text }
    this.#cached = { value, readAtMs: nowMs }
    return value
  }

  /** For showing and replacing them, which must be possible also when they cannot be used. */
  async written(): Promise<WrittenSettings> {
    const { text, layout, changed } = await this.#load({ consistent: true })
    return { text, layout, ...(changed && { changed }) }
  }

  async save(value: DeploymentSettings): Promise<void> {
    const { text, layout, settings, changed } = value
    const body = JSON.stringify({ text, layout, settings, changed })
    await this.#world.table.put({ pk: SETTINGS_PK, sk: SK, body }, { kind: 'any' })
    this.#cached = { value, readAtMs: this.#world.clock.monotonicMs() }
  }

  /**
   * A row of version 0.1 holds what was written and not what was read. Messages have to go on all the same after an update,
   * so that the reader of YAML is brought in for it, and for nothing else.
   */
  async #fromText(text: string): Promise<Settings> {
    if (this.#readAgain?.text !== text) {
      const { parseSettings } = await import('../engine/language/settings.ts')
      const { settings, issues } = parseSettings(text)
      // Half of what was written may be worse than nothing: a topic without its cap.
      if (!settings || issues.some(({ severity }) => severity === 'error')) throw new SettingsUnreadable()
      this.#readAgain = { text, settings }
    }
    return this.#readAgain.settings
  }

  async #load(how: { consistent: boolean }): Promise<z.output<typeof stored>> {
    const row = await this.#world.table.get(SETTINGS_PK, SK, how)
    if (row?.body) return stored.parse(JSON.parse(row.body))
    return { text: DEFAULT_SETTINGS, layout: DEFAULT_LAYOUT, settings: DEFAULT_SETTINGS_READ }
  }
}

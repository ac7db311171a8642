/** What this deployment was told, for the stacks: SST calls them with the app alone. */
import type { App } from 'sst/constructs'
import type { Settings } from './settings.ts'

const told = new WeakMap<App, Settings>()

export function tell(app: App, settings: Settings): void {
  told.set(app, settings)
}

export function settingsFor(app: App): Settings {
  const settings = told.get(app)
  if (!settings) throw new Error('the app was told no settings: deploy it through stacks/all.ts')
  return settings
}

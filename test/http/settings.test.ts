/** Settings: kept as they were written and as they were read, and never in the way of replacing them. */
import { beforeEach, expect, test } from 'vitest'
import { DEFAULT_LAYOUT, DEFAULT_SETTINGS } from '../../engine/default-settings.ts'
import { SettingsStore } from '../../runtime/settings.ts'
import { Api } from './api.ts'

let api: Api
beforeEach(() => {
  api = new Api()
})

const bottega = DEFAULT_SETTINGS.replace('name: Premura', 'name: Bottega')

test('another process works by what was saved', async () => {
  expect((await api.put('/v1/settings', { settings: bottega })).status).toBe(200)
  const { settings, text, layout } = await new SettingsStore(api.world).read()
  expect(settings.brand.name).toBe('Bottega')
  expect(settings.topics.offers?.quietHours).toEqual({ from: '21:00', to: '08:00' })
  expect([text, layout]).toEqual([bottega, DEFAULT_LAYOUT])
})

const stored = (text: string, more: object) =>
  api.world.table.put(
    { pk: 'W!', sk: 'settings', body: JSON.stringify({ text, layout: '<mjml></mjml>', ...more }) },
    { kind: 'any' },
  )

test.each([
  ['were never read', {}],
  ['were read by something else', { settings: 'version 9' }],
])('settings that %s are read again from what was written', async (_, more) => {
  await stored(bottega, more)
  expect((await api.runtime.catalog.settings()).settings.brand.name).toBe('Bottega')
  expect((await api.get('/v1/settings')).json).toEqual({ settings: bottega, layout: '<mjml></mjml>' })
})

test('settings that this version cannot read send nothing, are shown, and can be replaced', async () => {
  const later = `${bottega}moonPhases: full\n`
  await stored(later, {})
  await expect(api.runtime.catalog.settings()).rejects.toThrow(/push them again/)
  const shown = await api.get('/v1/settings')
  expect(shown.json).toEqual({ settings: later, layout: '<mjml></mjml>' })
  expect((await api.put('/v1/settings', { settings: bottega })).status).toBe(200)
  expect(await api.runtime.catalog.settings()).toMatchObject({ layout: '<mjml></mjml>', text: bottega })
})

test('settings whose reading is too large for a row are refused, and say so', async () => {
  const topics = Array.from({ length: 4000 }, (_, n) => `  t${n}: {title: {en: T}, basis: consent}\n`).join(
    '',
  )
  const { status, json } = await api.put('/v1/settings', { settings: bottega + topics })
  expect(status).toBe(422)
  expect(json.errors).toEqual([
    {
      path: 'settings.yaml:1:1',
      message: expect.stringMatching(/take \d+ bytes.* not take more than 390000/),
    },
  ])
  expect((await api.get('/v1/settings')).json.settings).toBe(DEFAULT_SETTINGS)
})

/** Where `npx sst deploy --stage NAME` starts. What it is told stands in `premura.config.ts`. */
import type { SSTConfig } from 'sst'
import deployment from './premura.config.ts'
import { deploy } from './stacks/all.ts'
import { settingsOf } from './stacks/settings.ts'

export default {
  config: ({ region, profile }) => ({
    name: 'premura',
    region: region ?? deployment.region,
    ...(profile !== undefined && { profile }),
  }),
  stacks(app) {
    deploy(app, settingsOf(deployment, app.stage))
  },
} satisfies SSTConfig

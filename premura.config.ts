/** What this deployment is told. Every setting, its meaning and its default stand in `stacks/settings.ts`. */
import { deployment } from './stacks/settings.ts'

export default deployment({
  region: 'eu-west-1',
  all: {
    // The domain of the senders in workflows/settings.yaml. `npx premura doctor` says what its DNS still needs.
    mail: { identity: 'example.com' },
    // Who is told when something is wrong. AWS asks this address for its consent first.
    alarms: { email: 'ops@example.com' },
  },
  stages: {
    prod: {},
  },
})

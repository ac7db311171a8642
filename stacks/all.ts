/** All stacks of a deployment, in the order in which they need each other. */
import type { App } from 'sst/constructs'
import { Api } from './api.ts'
import { Engine } from './engine.ts'
import { ruleEveryResource } from './every-resource.ts'
import { Messaging } from './messaging.ts'
import { Monitoring } from './monitoring.ts'
import { Secrets } from './secrets.ts'
import type { Settings } from './settings.ts'
import { SignIn } from './sign-in.ts'
import { Storage } from './storage.ts'
import { tell } from './told.ts'
import { Web } from './web.ts'

export function deploy(app: App, settings: Settings): void {
  tell(app, settings)
  ruleEveryResource(app, settings)
  app
    .stack(Storage)
    .stack(Secrets)
    .stack(SignIn)
    .stack(Messaging)
    .stack(Api)
    .stack(Engine)
    .stack(Web)
    .stack(Monitoring)
}

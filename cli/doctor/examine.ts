/** All checks, in the order in which they are shown. */
import { accountChecks, deploymentCheck, quotaChecks } from './account-checks.ts'
import type { Finding, Scene } from './finding.ts'
import { apiChecks, queueChecks, tableChecks } from './parts-checks.ts'
import type { Evidence } from './reading.ts'
import { senderChecks } from './sender-checks.ts'
import { configurationSetChecks, sesChecks } from './ses-checks.ts'
import { textChecks } from './text-checks.ts'

/** What was read, judged. Pure: the same evidence gives the same findings. */
export function examine(scene: Scene, evidence: Evidence): Finding[] {
  return [
    ...accountChecks(scene, evidence.surface),
    deploymentCheck(scene, evidence.stacks),
    ...sesChecks(scene, evidence.ses),
    ...senderChecks(scene, evidence.sender),
    ...configurationSetChecks(scene, evidence.ses, evidence.configurationSet),
    ...textChecks(scene, evidence.texts),
    ...quotaChecks(scene, evidence.quotas),
    ...queueChecks(scene, evidence.queues),
    ...tableChecks(scene, evidence.table),
    ...apiChecks(scene, evidence.api),
  ]
}

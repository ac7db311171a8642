/** `premura doctor`: what an AWS account and a deployment still need before customers get mails. */
import { type Command, UsageError } from '../command.ts'
import { examine } from '../doctor/examine.ts'
import type { Scene } from '../doctor/finding.ts'
import { intentOf } from '../doctor/intent.ts'
import { readEvidence } from '../doctor/reading.ts'
import { counts, groupLines, reportJson, tally } from '../doctor/report.ts'
import { paint } from '../terminal.ts'

/** As SST takes them for stages and apps. */
const nameForm = /^[A-Za-z][A-Za-z0-9-]*$/
const regionForm = /^[a-z]{2}(?:-[a-z]+)+-\d+$/

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'check an AWS account and a deployment, and say what to do',
  operands: '',
  description:
    'Asks AWS and DNS what stands in the way of sending mails, and changes nothing: credentials and clock, the stacks, SES (sandbox, quotas, pricing plan, suppression), the sender (identity, DKIM, MAIL FROM, SPF, DMARC), the configuration set, who sends SMS and WhatsApp where premura.config.ts names somebody, the quotas of EventBridge Scheduler and Lambda, the queues, the table, the API and its secrets. Run it before and after npx sst deploy. Region and sender come from premura.config.ts where nothing is deployed yet; credentials are found as the AWS command line finds them. With PREMURA_KEY it also tries that key. Exits with 0 when nothing is wrong (warnings allowed), 1 when something is, 2 when AWS could not be asked at all.',
  options: {
    stage: { type: 'string', value: 'NAME', help: 'the stage, as in npx sst deploy --stage (default prod)' },
    region: {
      type: 'string',
      value: 'REGION',
      help: 'the AWS Region (default: premura.config.ts, then AWS_REGION or the profile)',
    },
    app: { type: 'string', value: 'NAME', help: 'the name of the SST app (default premura)' },
  },
  examples: ['premura doctor', 'premura doctor --stage staging --region eu-west-1', 'premura doctor --json'],
  remote: false,
  async run(call) {
    const { around } = call
    if (call.operands.length > 0) throw new UsageError('doctor takes options only.')
    const stage = nameOf('stage', call.text('stage') ?? 'prod')
    const app = nameOf('app', call.text('app') ?? 'premura')
    const wished = call.text('region')
    if (wished !== undefined && !regionForm.test(wished))
      throw new UsageError(`${wished} is no AWS Region.`, 'They look like eu-west-1.')
    const intent = await intentOf(around.cwd, stage)

    const evidence = await readEvidence({
      stage,
      app,
      region: wished,
      intent,
      env: around.env,
      dns: around.dns,
      fetch: around.fetch,
      now: around.now,
      progress: (what) => call.note(paint.dim(`asking ${what} …`)),
    })
    const scene: Scene = { stage, app, region: evidence.region, production: intent.production }
    const findings = examine(scene, evidence)

    const groups = new Set(findings.map(({ group }) => group))
    for (const group of groups) {
      const own = findings.filter((finding) => finding.group === group)
      for (const line of groupLines(group, own, around.columns)) call.say(line)
    }
    call.say(`${paint.bold(`${stage} in ${scene.region}`)}: ${tally(findings)}`)
    call.json(reportJson(scene, findings))
    return counts(findings).fail > 0 ? 1 : 0
  },
}

function nameOf(option: string, text: string): string {
  if (nameForm.test(text)) return text
  throw new UsageError(
    `--${option} ${text} is no name that SST takes.`,
    'Letters, digits and hyphens, starting with a letter.',
  )
}

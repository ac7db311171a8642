/** Words of other tools and languages, and what they are called here. */

/** Keys whose value is a condition or another expression. */
export const keysOfConditions: ReadonlySet<string> = new Set([
  'if',
  'when',
  'audience',
  'becomes',
  'until',
  'per',
  'value',
])

const synonyms: { [word: string]: readonly string[] } = {
  workflow: ['name', 'id', 'flow', 'journey', 'automation'],
  steps: ['step', 'actions', 'action', 'do', 'flow', 'then', 'tasks', 'jobs', 'sequence'],
  trigger: ['on', 'triggers', 'start', 'starts', 'entry', 'when'],
  topic: ['category', 'consent', 'basis'],
  enroll: ['enrollment', 'entry', 'reentry', 'frequency'],
  exit: ['exits', 'cancel', 'unenroll'],
  follow: ['follows', 'track', 'sync', 'updates', 'refresh'],
  goal: ['goals', 'conversion', 'target'],
  event: ['on', 'type', 'name'],
  send: ['email', 'mail', 'message', 'notify', 'template'],
  mail: ['send', 'email', 'message', 'template'],
  wait: ['delay', 'sleep', 'pause', 'after'],
  await: ['waitfor', 'wait-for', 'waituntil', 'listen'],
  choose: ['switch', 'case', 'branch', 'cases'],
  split: ['ab', 'abtest', 'ab-test', 'experiment', 'test', 'random'],
  repeat: ['loop', 'foreach', 'while', 'for-each'],
  stop: ['end', 'exit', 'finish', 'quit', 'return'],
  emit: ['publish', 'fire', 'raise', 'event'],
  set: ['update', 'assign', 'attribute', 'attributes', 'profile'],
  task: ['ticket', 'todo', 'assignment'],
  coupon: ['voucher', 'discount', 'code', 'promo'],
  survey: ['rating', 'feedback', 'nps', 'csat', 'ces'],
  webhook: ['http', 'call', 'request', 'post', 'api'],
  for: ['timeout', 'within', 'max', 'until', 'duration'],
  within: ['for', 'window', 'timeout'],
  when: ['if', 'condition', 'filter', 'where', 'case'],
  audience: ['segment', 'filter', 'who'],
  pattern: ['code', 'format', 'codes'],
  queue: ['team', 'assignee', 'to', 'owner'],
  due: ['deadline', 'within', 'for'],
  at: ['time', 'hour'],
  on: ['days', 'weekdays', 'day'],
  template: ['mail', 'send', 'email'],
  given: ['when', 'events', 'setup'],
  expect: ['then', 'expects', 'assert'],
  scenario: ['name', 'title', 'test'],
}

/** Keys of the language that stand in another part than their own, and where they belong. */
const homes: { [part: string]: { [key: string]: string } } = {
  'A workflow': {
    again: 'It belongs to `enroll`: enroll: { again: after 30 days }',
    holdout: 'It belongs to `enroll`: enroll: { holdout: 5% }',
    per: 'It belongs to `enroll`: enroll: { per: event.orderId }',
    within: 'It belongs to `goal`: goal: { event: purchase, within: 60 days }',
    value: 'It belongs to `goal`: goal: { event: purchase, within: 60 days, value: event.total }',
    id: 'It belongs to a step, or to `appointment`.',
    quietHours: 'It belongs to a topic, in settings.yaml.',
    cap: 'It belongs to a topic, in settings.yaml.',
    from: 'It belongs to a `send`, or to the head of a mail.',
    subject: 'It belongs to the head of a mail.',
  },
  '`enroll`': {
    audience: 'Who gets in is said by the trigger: indent it below `trigger:`.',
    when: 'Which events count is said by the trigger: indent it below `trigger:`.',
    within: 'It belongs to `goal`. How long somebody stays away is said by `again: after 30 days`.',
    goal: 'It stands beside `enroll`, in the column of `enroll`.',
    exit: 'It stands beside `enroll`, in the column of `enroll`.',
  },
  '`trigger`': {
    per: 'It belongs to `enroll`: enroll: { per: event.orderId }',
    again: 'It belongs to `enroll`: enroll: { again: after 30 days }',
    holdout: 'It belongs to `enroll`: enroll: { holdout: 5% }',
    follow: 'It belongs to `enroll`.',
  },
  '`goal`': {
    audience: 'A goal asks about its event: use `when`.',
    for: 'How long it counts is said by `within`.',
  },
  ...Object.fromEntries(
    ['`send`', '`survey`'].map((part) => [
      part,
      {
        when: 'Put it below an `if`: - if: customer.tier == "gold", and this step below `then:`.',
        if: 'Put it below an `if`: - if: customer.tier == "gold", and this step below `then:`.',
        audience: 'Put it below an `if`: - if: customer.tier == "gold", and this step below `then:`.',
        at: 'Put a step before it that waits: `- wait:`, and below it `at: "09:00"`.',
        on: 'Put a step before it that waits: `- wait:`, and below it `on: [mon, tue]`.',
        until: 'Put a step before it that waits: `- wait:`, and below it `until: renewal`.',
        to: 'Remove it: a message goes to the customer of the journey. For somebody else there is `task` or `webhook`.',
        cc: 'Remove it: a message goes to the customer of the journey and to nobody else.',
        bcc: 'Remove it: a message goes to the customer of the journey and to nobody else.',
        subject: 'It stands in the head of the mail, between the lines `---`.',
        locale: 'Remove it: the file in the customer’s language is found by its name, thank-you.it.mjml.',
        data: 'Remove it: a mail reads event, customer and the rest by itself.',
      },
    ]),
  ),
  '`choose`': Object.fromEntries(
    'send survey wait await if split repeat coupon task set emit webhook stop'
      .split(' ')
      .map((verb) => [verb, `Write \`- ${verb}: …\` in a line below \`then:\`.`]),
  ),
  '`wait`': {
    for: 'How long stands behind `wait:` itself: wait: 3 days',
    event: 'For an event there is `await`: - await: purchase, and below it `for: 3 days`.',
  },
  '`task`': {
    when: 'Put it below an `if`: - if: customer.tier == "gold", and this step below `then:`.',
    at: 'Put a step before it that waits: `- wait:`, and below it `at: "09:00"`.',
  },
}

export const homeOf = (part: string, key: string): string | undefined => {
  const keys = Object.hasOwn(homes, part) ? homes[part] : undefined
  return keys && Object.hasOwn(keys, key) ? keys[key] : undefined
}

/** The one of `known` that people call `word` elsewhere. */
export function saidElsewhere(word: string, known: Iterable<string>): string | undefined {
  const written = word.toLowerCase().replace(/[_\s]/g, '')
  for (const candidate of known)
    if (Object.hasOwn(synonyms, candidate) && synonyms[candidate]?.includes(written)) return candidate
  return undefined
}

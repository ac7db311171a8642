/** The scores that each kind of survey knows. */
export const SURVEY_SCALES = {
  csat: { from: 1, to: 5 },
  nps: { from: 0, to: 10 },
  ces: { from: 1, to: 7 },
} as const

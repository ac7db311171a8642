/** How the journey of a customer ends who is kept out for measuring, in the moment in which it would begin. */
export const HELD_OUT = 'held-out'

/** The time, as a parameter. */
export interface Clock {
  now(): Date;
}

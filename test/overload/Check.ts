/** Whether something holds, and what it is. */
export type Check = readonly [holds: boolean, what: string]

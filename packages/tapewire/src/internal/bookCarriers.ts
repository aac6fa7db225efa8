/**
 * Which connections carry one book, and what of their updates is used while there are several, as
 * when a new one takes over from an old one.
 */
import type { Book } from "../Book.ts"
import { maxHeld } from "../Book.ts"
import type { BookDelta, BookSnapshot } from "../Tick.ts"

/** The longest that an update waits for a slower connection to bring those before it, in microseconds. */
const patience = 5_000_000

export interface Carriers {
  /** The connections on which the book came since they opened. */
  readonly connections: Array<number>
  /** The one whose updates are used where they carry no numbers. */
  leader: number
  /** Whether updates without numbers were left out because they were not the leader's. */
  leftOut: boolean
  /** By number, updates of a faster connection that wait for a slower one to bring those before. */
  waiting: Array<BookDelta>
  /** The connections that are beyond what is waited for, and so will not bring it. */
  readonly beyond: Set<number>
}

export const make = (): Carriers => ({
  connections: [],
  leader: 0,
  leftOut: false,
  waiting: [],
  beyond: new Set()
})

export const isOnly = ({ connections }: Carriers, connection: number): boolean =>
  connections.length === 1 && connections[0] === connection

/** Notes that a connection carries the book, and tells whether the book is to take what came. */
export const admit = (
  self: Carriers,
  book: Book,
  update: BookSnapshot | BookDelta,
  connection: number
): boolean => {
  const { connections } = self
  const isNew = !connections.includes(connection)
  if (isNew) connections.push(connection)
  if (connections.length === 1) {
    self.leader = connection
    return true
  }
  if (update._tag === "BookSnapshot") {
    const { sequence } = update
    // What a connection begins with may be older than what another brought.
    if (sequence !== undefined && isNew && book.synced && sequence <= book.last) return false
    if (sequence === undefined && book.synced && connection < self.leader) return false
    self.leader = connection
    self.leftOut = false
    return true
  }
  const { firstSequence, sequence } = update
  if (firstSequence === undefined || sequence === undefined) {
    if (connection === self.leader) return true
    self.leftOut = true
    return false
  }
  if (!book.synced || firstSequence <= book.last + 1) {
    self.beyond.delete(connection)
    return true
  }
  self.beyond.add(connection)
  self.waiting.push(update)
  self.waiting.sort(byNumber)
  return false
}

/** Takes the next waiting update, if it follows on or there is no use in its waiting. */
export const next = (self: Carriers, book: Book): BookDelta | undefined => {
  const { beyond, connections, waiting } = self
  const [first] = waiting
  const last = waiting.at(-1)
  if (first === undefined || last === undefined) return undefined
  const follows = !book.synced || numberOf(first) <= book.last + 1
  if (!follows) {
    const isHopeless =
      beyond.size === connections.length ||
      waiting.length > maxHeld ||
      last.received - first.received > patience
    if (!isHopeless) return undefined
  }
  waiting.shift()
  if (waiting.length === 0) beyond.clear()
  return first
}

/** Notes that a connection ended, and tells whether the book can be followed on another. */
export const leave = (self: Carriers, connection: number): boolean => {
  const { beyond, connections } = self
  const index = connections.indexOf(connection)
  if (index < 0) return true
  connections.splice(index, 1)
  beyond.delete(connection)
  const [remaining] = connections
  if (remaining === undefined) return false
  // It brings what waits by itself.
  if (connections.length === 1 && beyond.size === 0) self.waiting = []
  if (connection !== self.leader) return true
  const canFollow = !self.leftOut
  self.leader = remaining
  self.leftOut = false
  return canFollow
}

/** Notes that all connections ended. */
export const clear = (self: Carriers): void => {
  self.connections.length = 0
  self.leftOut = false
  drop(self)
}

/** Waits for nothing any more. */
export const drop = (self: Carriers): void => {
  self.waiting = []
  self.beyond.clear()
}

/**
 * Puts the updates that a book holds for a snapshot in the order of their numbers, for of several
 * connections they came in any. Those behind a hole wait, as a slower connection may fill it.
 */
export const arrange = (self: Carriers, book: Book, { sequence }: BookSnapshot): void => {
  const { held } = book
  if (self.connections.length < 2 || sequence === undefined) return
  held.sort(byNumber)
  let last = sequence
  const hole = held.findIndex((update) => {
    if (numberOf(update) > last + 1) return true
    last = Math.max(last, update.sequence ?? last)
    return false
  })
  // Before the first, nothing but a later snapshot helps.
  if (hole > 0) self.waiting.push(...held.splice(hole))
}

const numberOf = ({ firstSequence }: BookDelta): number => firstSequence ?? 0

const byNumber = (a: BookDelta, b: BookDelta): number => numberOf(a) - numberOf(b)

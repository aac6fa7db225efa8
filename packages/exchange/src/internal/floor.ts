/**
 * The exchange without its sockets and clocks: who is connected, what each has asked for, what has
 * passed by now, and what is wrong at the moment.
 */
import type { Answer, Door } from "../Desk.ts"
import type { ExchangeEvent } from "../ExchangeEvent.ts"
import type { Fault } from "../Faults.ts"
import * as Market from "../Market.ts"
import type { Frame, Script } from "../Script.ts"
import * as Disturbances from "./disturbances.ts"
import * as Limits from "./limits.ts"
import * as Timeline from "./timeline.ts"

/** A connection, as the floor uses it. */
export interface Link {
  readonly send: (frame: string) => void
  readonly close: (code: number, reason: string) => void
  readonly reset: () => void
  /** Ends it without a close frame. */
  readonly end: () => void
  /** Neither reads nor writes any more. */
  readonly stall: () => void
}

interface Client {
  readonly number: number
  readonly hear: (frame: string) => void
  /** It sent a ping or a pong, which counts as a message. */
  readonly beat: () => void
  readonly left: (code: number) => void
}

export interface Refused {
  readonly _tag: "Refused"
  readonly answer: Answer
  /** In milliseconds. */
  readonly retryAfter?: number
}

interface Answered {
  readonly _tag: "Answered"
  readonly answer: Answer
}

interface Admitted {
  readonly _tag: "Admitted"
  readonly enter: (link: Link) => Client
}

type Facts = ExchangeEvent extends infer E
  ? E extends ExchangeEvent
    ? Omit<E, "at" | "seconds">
    : never
  : never

export interface Options {
  readonly faults: ReadonlyArray<Fault>
  /** In milliseconds. */
  readonly now: () => number
  /** How much of the recording passes in a second. */
  readonly speed: number
  readonly tell: (facts: Facts, seconds: number) => void
}

export interface Floor {
  readonly admit: (url: URL) => Admitted | Refused
  readonly ask: (url: URL) => Refused | Answered
  /** When the next step is due, in seconds of the recording; `undefined` at the end. */
  readonly due: () => number | undefined
  /** Plays on to the next frame, past the faults before it; `false` at the end. */
  readonly step: () => boolean
  /** Has one more fault happen, at its time or with the next step. */
  readonly add: (fault: Fault) => void
  /** A client that leaves too much unread is cut. */
  readonly tooSlow: () => void
  /** By the canonical symbol. */
  readonly book: (symbol: string) => Market.Book | undefined
  readonly trades: (
    symbol: string,
    call: "trades" | "aggregatedTrades"
  ) => ReadonlyArray<Market.Trade>
}

interface Seat {
  readonly number: number
  readonly door: Door
  readonly link: Link
  readonly topics: Set<string>
  /** Asked for, and nothing comes of them. */
  readonly muted: Set<string>
}

export const make = (script: Script, { faults, now, speed, tell }: Options): Floor => {
  const { desk } = script
  const timeline = Timeline.make(script.frames, faults)
  const disturbances = Disturbances.make()
  const markets = new Map<string, Market.Market>()
  for (const { recordedAs } of script.listed) {
    if (markets.has(recordedAs)) continue
    markets.set(recordedAs, Market.make(script.snapshots.get(recordedAs) ?? []))
  }
  const listed = new Map(script.listed.map((one) => [one.instrument.native, one]))
  const names = Map.groupBy(script.listed, ({ recordedAs }) => recordedAs)
  const seats = new Set<Seat>()
  const lasting = new Set<Fault>()
  /** Who was told that the connection will be ended. */
  const leaving = new Map<Fault, ReadonlyArray<Seat>>()
  /** Topics that are muted for whoever asks next, as nobody had asked by then. */
  const muteNext = new Set<string>()
  const stale = new Set<string>()
  const admits = Limits.sliding(desk.limits.connections)
  const weigh = Limits.weights(desk.limits.requests)
  let connections = 0
  let seconds = 0
  let at = script.frames[0]?.at ?? 0
  let ended = false

  const say = (facts: Facts) => tell(facts, seconds)

  const marketOf = (native: string) => markets.get(listed.get(native)?.recordedAs ?? "")

  const view: Market.View = {
    get listed() {
      return Array.from(listed.values())
    },
    instruments: script.instruments,
    book: (native) => {
      const oldest = script.snapshots.get(listed.get(native)?.recordedAs ?? "")?.[0]
      return stale.delete(native) ? oldest : marketOf(native)?.book()
    },
    trades: (native, call) => marketOf(native)?.trades(call),
    get at() {
      return at
    }
  }

  const refuse = (status: number, retryAfter?: number): Refused => ({
    _tag: "Refused",
    answer: desk.failure(status),
    ...(retryAfter === undefined ? {} : { retryAfter })
  })

  /** The answer to everything while a fault lasts. */
  const refusal = (kind: "limit" | "rest-error"): Refused | undefined => {
    for (const fault of lasting) {
      if (fault.kind !== kind) continue
      const left = ((fault.at + fault.for - seconds) / speed) * 1000
      return refuse(fault.status, kind === "limit" ? left : undefined)
    }
    return undefined
  }

  const subscribe = (seat: Seat, topics: ReadonlyArray<string>) => {
    if (topics.length === 0) return
    for (const topic of topics) {
      seat.topics.add(topic)
      if (muteNext.delete(topic)) seat.muted.add(topic)
      else seat.muted.delete(topic)
    }
    say({ _tag: "Subscribed", connection: seat.number, topics })
  }

  const enter = (door: Door, link: Link): Client => {
    const number = ++connections
    const seat = { number, door, link, topics: new Set<string>(), muted: new Set<string>() }
    const admitsMessage = Limits.sliding(desk.limits.messages)
    seats.add(seat)
    say({ _tag: "Connected", connection: number })
    subscribe(seat, door.topics)
    /** Counts a message of one who is still served, and cuts him at one too many. */
    const serves = (): boolean => {
      if (!seats.has(seat)) return false
      if (admitsMessage(now())) return true
      const { code, reason } = desk.limits.messages
      say({ _tag: "Limited", limit: "messages" })
      link.close(code, reason)
      seats.delete(seat)
      return false
    }
    return {
      number,
      beat: () => void serves(),
      hear: (frame) => {
        if (!serves()) return
        const heard = desk.hear(frame, seat.topics)
        subscribe(seat, heard.subscribe)
        for (const topic of heard.unsubscribe) seat.topics.delete(topic)
        if (heard.unsubscribe.length > 0) {
          say({ _tag: "Unsubscribed", connection: number, topics: heard.unsubscribe })
        }
        for (const reply of heard.replies) link.send(reply)
      },
      left: (code) => {
        seats.delete(seat)
        say({ _tag: "Left", connection: number, code })
      }
    }
  }

  const send = (topic: string, frames: ReadonlyArray<string>) => {
    for (const { door, link, muted, topics } of seats) {
      if (!topics.has(topic) || muted.has(topic)) continue
      for (const frame of frames) link.send(door.form(frame))
    }
  }

  const play = ({ symbol, text, topic, ...frame }: Frame) => {
    at = frame.at
    const fact = desk.fact(text)
    // A tape of two connections tells everything twice.
    if (fact !== undefined && markets.get(symbol)?.pass(fact) === false) return
    for (const { instrument } of names.get(symbol) ?? []) {
      const { native } = instrument
      if (!listed.has(native)) continue
      const named = native === symbol ? topic : desk.rename(topic, symbol, native)
      const shown = native === symbol ? text : desk.rename(text, symbol, native)
      send(named, disturbances.pass(named, shown))
    }
  }

  /** All, or one by its number. */
  const seatsOf = (connection: number | undefined) =>
    Array.from(seats).filter(({ number }) => connection === undefined || connection === number)

  const takeSeats = (connection: number | undefined) => {
    const taken = seatsOf(connection)
    for (const seat of taken) seats.delete(seat)
    return taken
  }

  const inject = (fault: Fault) => {
    say({ _tag: "Injected", fault })
    disturbances.inject(fault)
    switch (fault.kind) {
      case "kill":
      case "end":
      case "stall":
      case "close": {
        for (const { link } of takeSeats(fault.connection)) {
          if (fault.kind === "kill") link.reset()
          else if (fault.kind === "end") link.end()
          else if (fault.kind === "stall") link.stall()
          else link.close(fault.code, "")
        }
        return
      }
      case "leave": {
        const told = seatsOf(fault.connection)
        for (const { link } of told) link.send(desk.leaving(Math.floor(at / 1000)))
        leaving.set(fault, told)
        return
      }
      case "limit":
      case "rest-error":
        lasting.add(fault)
        return
      case "mute": {
        const asked = Array.from(seats).filter(({ topics }) => topics.has(fault.topic))
        for (const { muted } of asked) muted.add(fault.topic)
        if (asked.length === 0) muteNext.add(fault.topic)
        return
      }
      case "delist":
        listed.delete(fault.symbol)
        return
      case "stale-snapshot":
        stale.add(fault.symbol)
    }
  }

  const lift = (fault: Fault) => {
    say({ _tag: "Lifted", fault })
    lasting.delete(fault)
    if (fault.kind === "delay") send(fault.topic, disturbances.lift(fault))
    for (const seat of leaving.get(fault) ?? []) {
      if (seats.delete(seat)) seat.link.close(1001, "")
    }
    leaving.delete(fault)
  }

  const ask = (url: URL): Refused | Answered => {
    const call = desk.call(url)
    const limited = refusal("limit")
    if (limited !== undefined) return limited
    const over = weigh(now(), call?.weight ?? 1)
    if (over !== undefined) {
      say({ _tag: "Limited", limit: "requests" })
      return refuse(over.status, over.retryAfterMillis)
    }
    const failed = refusal("rest-error")?.answer
    const answer = call === undefined ? desk.notFound : desk.answer(call, view)
    return { _tag: "Answered", answer: failed ?? answer }
  }

  const nativeOf = (symbol: string) =>
    script.listed.find(({ instrument }) => instrument.symbol === symbol)

  return {
    admit: (url) => {
      const door = desk.door(url)
      if (door === undefined) return { _tag: "Refused", answer: desk.notFound }
      const refused = refusal("limit")
      if (refused !== undefined) return refused
      if (!admits(now())) {
        say({ _tag: "Limited", limit: "connections" })
        return refuse(429, desk.limits.connections.perMillis)
      }
      return { _tag: "Admitted", enter: (link) => enter(door, link) }
    },
    ask: (url) => {
      const outcome = ask(url)
      const { status } = outcome.answer
      say({ _tag: "Asked", path: `${url.pathname}${url.search}`, status })
      return outcome
    },
    due: timeline.due,
    step: () => {
      if (ended) return false
      while (true) {
        const due = timeline.due()
        if (due !== undefined) seconds = due
        const step = timeline.take()
        switch (step?._tag) {
          case "Play":
            play(step.frame)
            return true
          case "Inject":
            inject(step.fault)
            break
          case "Lift":
            lift(step.fault)
            break
          case undefined:
            ended = true
            say({ _tag: "Ended" })
            return false
        }
      }
    },
    add: timeline.add,
    tooSlow: () => say({ _tag: "Limited", limit: "pace" }),
    book: (symbol) => markets.get(nativeOf(symbol)?.recordedAs ?? "")?.book(),
    trades: (symbol, call) => markets.get(nativeOf(symbol)?.recordedAs ?? "")?.trades(call) ?? []
  }
}

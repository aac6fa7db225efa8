/** A conversation with a venue in which much is damaged, as a target. */
import type { Instrument } from "tapewire/Instrument"
import * as Reader from "tapewire/Reader"
import * as Result from "effect/Result"
import * as Session from "tapewire/Session"
import * as TickCodec from "tapewire/TickCodec"
import type { Venue } from "tapewire/Venue"
import type { Wire } from "tapewire/Wire"
import type { Frames } from "./Frames.ts"
import type { Target, Verdict } from "./Fuzz.ts"
import * as Mutation from "./Mutation.ts"
import * as Sound from "./Sound.ts"

/** The names that frames give to instruments. */
const nativesOf = (venue: Venue, frames: Frames["frames"]): ReadonlyArray<string> => {
  const found = new Set<string>()
  const instrument = (native: string) => {
    found.add(native)
    return { native, symbol: native, contractSize: 1, priceDigits: 1, sizeDigits: 1 }
  }
  const symbol = (native: string) => instrument(native).symbol
  const reader = { ...Reader.make(venue.id, []), instrument, symbol }
  for (const frame of frames) venue.decode(frame, reader)
  return Array.from(found).slice(0, 8)
}

const instrument = (venue: string, native: string, index: number): Instrument => ({
  venue,
  symbol: `S${index}-USD`,
  native,
  kind: "spot",
  base: `S${index}`,
  quote: "USD",
  contractSize: 1,
  priceDigits: 1,
  sizeDigits: 1,
  status: "trading"
})

const isOutcome = (value: unknown): value is Session.Outcome =>
  typeof value === "object" && value !== null && "ticks" in value && "commands" in value

/** How many inputs a conversation lasts. */
const length = 300

export const conversation = (venue: Venue, { answers, frames }: Frames): ReadonlyArray<Target> => {
  if (frames.length === 0) return []
  const instruments = nativesOf(venue, frames).map((native, index) =>
    instrument(venue.id, native, index)
  )
  const texts = frames.map((frame) =>
    typeof frame === "string" ? Mutation.original(frame) : frame
  )
  const bodies = answers.map(Mutation.original)
  let session = Session.make(venue, instruments)
  let asked: Array<Extract<Session.Command, { readonly _tag: "Fetch" }>> = []
  let connection = 1
  let at = 1_723_161_600_000_000

  const opened = (): Wire => ({
    _tag: "Opened",
    venue: venue.id,
    connection,
    at,
    url: "wss://venue.example"
  })

  const received = (chance: Mutation.Chance): Wire => {
    const index = Mutation.below(chance, texts.length)
    const of = texts[index] ?? Mutation.original("")
    const isIntact = chance() < 0.4
    const data =
      of instanceof Uint8Array
        ? isIntact
          ? of
          : Mutation.bytes(of, chance)
        : isIntact
          ? of.text
          : Mutation.text(of, chance)
    return { _tag: "Received", venue: venue.id, connection, at, data }
  }

  const answered = (chance: Mutation.Chance): ReadonlyArray<Wire> => {
    const question = asked.shift()
    if (question === undefined) return [received(chance)]
    const of = bodies[Mutation.below(chance, bodies.length)] ?? Mutation.original("{}")
    const body = chance() < 0.5 ? of.text : Mutation.text(of, chance)
    const { call, subject } = question
    const status = chance() < 0.9 ? 200 : 500
    return [
      {
        _tag: "Answered",
        venue: venue.id,
        at,
        call,
        subject,
        url: "https://venue.example",
        status,
        body
      }
    ]
  }

  const next = (chance: Mutation.Chance): ReadonlyArray<Wire> => {
    at += Mutation.below(chance, 1_000_000)
    const kind = chance()
    if (kind < 0.1) return answered(chance)
    if (kind < 0.12) {
      const closed: Wire = { _tag: "Closed", venue: venue.id, connection, at, reason: "gone" }
      connection++
      return [closed, opened()]
    }
    return Array.from({ length: kind < 0.2 ? 4 : 1 }, () => received(chance))
  }

  const judge = (outcome: unknown): Verdict => {
    if (!isOutcome(outcome)) return { wrong: "no outcome" }
    for (const command of outcome.commands) if (command._tag === "Fetch") asked.push(command)
    asked = asked.slice(-20)
    const wrong =
      Sound.problem(outcome.ticks) ??
      Sound.problem(outcome.commands) ??
      Sound.problem(outcome.events)
    if (wrong !== undefined) return { wrong }
    const { length } = outcome.ticks
    const again = length < 200 ? TickCodec.decode(TickCodec.encode(outcome.ticks)) : undefined
    if (again !== undefined && (Result.isFailure(again) || again.success.length !== length)) {
      return { wrong: "a tape gives back other ticks" }
    }
    return length > 0 ? "taken" : "refused"
  }

  return [
    {
      name: `${venue.id} session`,
      next: (chance, index) => {
        if (index % length === 0) {
          session = Session.make(venue, instruments)
          asked = []
          session.step([opened()])
        }
        const wires = next(chance)
        const shown = wires
          .map((wire) =>
            wire._tag === "Received"
              ? String(wire.data)
              : wire._tag === "Answered"
                ? wire.body
                : wire._tag
          )
          .join("\n")
        return { shown, run: () => session.step(wires), judge }
      }
    }
  ]
}

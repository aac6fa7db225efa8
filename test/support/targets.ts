/** Everything that reads what others wrote, as targets of damaged inputs. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as Decimal from "tapewire/Decimal"
import * as Reader from "tapewire/Reader"
import * as Subscription from "tapewire/Subscription"
import * as TapeFile from "tapewire/TapeFile"
import type { Tick } from "tapewire/Tick"
import * as TickCodec from "tapewire/TickCodec"
import { type Call, Undecodable, type Venue } from "tapewire/Venue"
import type { Wire } from "tapewire/Wire"
import * as WireCodec from "tapewire/WireCodec"
import type { Frames } from "./Frames.ts"
import type { Target, Verdict } from "./Fuzz.ts"
import * as Mutation from "./Mutation.ts"
import * as Sound from "./Sound.ts"

const { chance: _, pick } = Mutation
const longestMessage = 500

const isTold = (failure: unknown): Verdict =>
  failure instanceof Error && failure.message.length <= longestMessage
    ? "refused"
    : { wrong: `failed with ${String(failure).slice(0, 300)}` }

/** A decoder may give anything sound, or say in a line why it does not. */
const judgeResult = (result: unknown): Verdict => {
  if (!Result.isResult(result)) return { wrong: "no result" }
  if (Result.isFailure(result)) return isTold(result.failure)
  const wrong = Sound.problem(result.success)
  return wrong === undefined ? "taken" : { wrong }
}

const judgeDecoded = (result: unknown): Verdict =>
  Result.isResult(result) && Result.isFailure(result) && !(result.failure instanceof Undecodable)
    ? { wrong: "failed with another error" }
    : judgeResult(result)

/** Knows every symbol, so that no frame is passed over. */
const credulous = (venue: Venue): Reader.Reader => ({
  ...Reader.make(venue.id, []),
  received: 1_723_161_600_000_000,
  symbol: (native) => native,
  instrument: (native) => ({ native, symbol: native })
})

type Some<A> = readonly [A, ...ReadonlyArray<A>]

const isSome = <A>(items: ReadonlyArray<A>): items is Some<A> => items.length > 0

const originals = (texts: ReadonlyArray<string | Uint8Array>): ReadonlyArray<Mutation.Original> =>
  texts.flatMap((text) => (typeof text === "string" ? [Mutation.original(text)] : []))

const utf8 = new TextEncoder()

/** Damages a text as one, or now and then as the bytes it is sent as. */
const frame = (of: Some<Mutation.Original>, chance: Mutation.Chance): string | Uint8Array =>
  chance() < 0.02
    ? Mutation.bytes(utf8.encode(pick(chance, of).text), chance)
    : Mutation.text(pick(chance, of), chance)

/** The decoders of a venue, one target for frames and one for each call. */
export const decoders = (venue: Venue, { answers, frames }: Frames): ReadonlyArray<Target> => {
  const targets: Array<Target> = []
  const reader = credulous(venue)
  const [texts, bodies] = [originals(frames), originals(answers)]
  const binary = frames.filter((one) => typeof one !== "string")
  if (isSome(texts) || isSome(binary)) {
    targets.push({
      name: `${venue.id} decode`,
      next: (chance) => {
        const isBinary = isSome(binary) && (!isSome(texts) || chance() < 0.5)
        const shown = isBinary
          ? Mutation.bytes(pick(chance, binary), chance)
          : isSome(texts)
            ? frame(texts, chance)
            : ""
        return { shown, run: () => venue.decode(shown, reader), judge: judgeDecoded }
      }
    })
  }
  const calls: ReadonlyArray<readonly [string, Call<unknown>]> = Object.entries(venue.calls)
  for (const [name, call] of calls) {
    if (!isSome(bodies)) break
    // Those it understands come as often as all others together.
    const own = bodies.filter(({ text }) => Result.isSuccess(call.decode(text, reader, "BTCUSDT")))
    targets.push({
      name: `${venue.id} ${name}`,
      next: (chance) => {
        const shown = Mutation.text(
          pick(chance, isSome(own) && chance() < 0.8 ? own : bodies),
          chance
        )
        return { shown, run: () => call.decode(shown, reader, "BTCUSDT"), judge: judgeDecoded }
      }
    })
  }
  return targets
}

const codec = (
  name: string,
  originals: ReadonlyArray<Uint8Array>,
  decode: (bytes: Uint8Array) => unknown
): ReadonlyArray<Target> =>
  isSome(originals)
    ? [
        {
          name,
          next: (chance) => {
            const shown = Mutation.bytes(pick(chance, originals), chance)
            return { shown, run: () => decode(shown), judge: judgeResult }
          }
        }
      ]
    : []

const batches = <A>(items: ReadonlyArray<A>, size: number): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, index * size + size)
  )

const wiresOf = (venue: string, { answers, frames }: Frames): ReadonlyArray<Wire> => {
  const at = 1_723_161_600_000_000
  const url = "https://venue.example"
  return [
    { _tag: "Opened", venue, connection: 1, at, url },
    ...frames.map((data): Wire => ({ _tag: "Received", venue, connection: 1, at, data })),
    ...answers.map((body): Wire => ({
      _tag: "Answered",
      venue,
      at,
      call: "snapshot",
      subject: "A",
      url,
      status: 200,
      body
    })),
    { _tag: "Closed", venue, connection: 1, at, reason: "gone" }
  ]
}

const memory = (bytes: Uint8Array) =>
  FileSystem.makeNoop({
    open: () => {
      const unused = Effect.die("not used")
      return Effect.succeed<FileSystem.File>({
        [FileSystem.FileTypeId]: FileSystem.FileTypeId,
        stat: unused,
        seek: (offset) => Effect.succeed(offset),
        sync: unused,
        read: (buffer, options) =>
          Effect.sync(() => {
            const from = Number(options?.position ?? 0)
            const part = bytes.subarray(from, from + buffer.length)
            buffer.set(part)
            return part.length
          }),
        readAlloc: () => unused,
        truncate: () => unused,
        write: () => unused,
        writeAll: () => unused
      })
    }
  })

const blocks = (bytes: Uint8Array) =>
  Effect.flatMap(TapeFile.open("a.tape"), (tape) => Stream.runCollect(tape.blocks)).pipe(
    Effect.scoped,
    Effect.provideService(FileSystem.FileSystem, memory(bytes)),
    Effect.result
  )

/** What reads tapes: the codecs of its records, and the file as a whole. */
export const tapes = (
  venue: string,
  frames: Frames,
  ticks: ReadonlyArray<Tick>,
  tape: Uint8Array
): ReadonlyArray<Target> => [
  ...codec("TickCodec", batches(ticks, 25).map(TickCodec.encode), TickCodec.decode),
  ...codec("WireCodec", batches(wiresOf(venue, frames), 5).map(WireCodec.encode), WireCodec.decode),
  ...codec("TapeFile", [tape], (bytes) => Effect.runPromise(blocks(bytes)))
]

const numbers = ["0", "1", "0.1", "61837.63000000", "-12.5", "1e10", "1.5E-7", "123456789012345678"]
const json = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** What reads the texts of people: decimals and subscriptions. */
export const texts: ReadonlyArray<Target> = [
  {
    name: "Decimal.read",
    next: (chance) => {
      const shown = Mutation.text(Mutation.original(pick(chance, ["1", ...numbers])), chance)
      return {
        shown,
        run: () => Decimal.read(shown),
        judge: (value) => {
          if (typeof value === "number" && Number.isNaN(value)) return "refused"
          return json.test(shown) && value === Number(shown) && Number.isFinite(value)
            ? "taken"
            : { wrong: `read as ${String(value)}` }
        }
      }
    }
  },
  {
    name: "Subscription.parse",
    next: (chance) => {
      const valid = ["binance:trades:BTC-USDT", "binance:bars@1m:eth-btc", "a-b:book:X"] as const
      const shown = Mutation.text(Mutation.original(pick(chance, valid)), chance)
      return {
        shown,
        run: () => Subscription.parse(shown),
        judge: (result) => {
          const parsed =
            Result.isResult(result) && Result.isSuccess(result) ? result.success : undefined
          return parsed === undefined || typeof parsed !== "object"
            ? judgeResult(result)
            : Subscription.format(parsed as Subscription.Subscription).toUpperCase() ===
                shown.toUpperCase()
              ? "taken"
              : { wrong: "is not what it was read from" }
        }
      }
    }
  }
]

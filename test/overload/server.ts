#!/usr/bin/env node
/**
 * An exchange that sends recorded frames at a rate, whether or not they are read, as exchanges do.
 * The facts are recorded, the framing is written anew, and the ids move on from round to round.
 *
 * `node server.ts <frames per second> <seconds>` prints its port, and then, once a second, how many
 * frames of the recording it has sent. The last line is the final count.
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { createServer } from "node:http"
import { type WebSocket, WebSocketServer } from "ws"
import { recorded } from "../../packages/cli/benchmark/pipeline/frames.ts"
import * as Rounds from "../../packages/cli/benchmark/pipeline/rounds.ts"

const [rate = 0, seconds = 0] = process.argv.slice(2).map(Number)
const frames = await Effect.runPromise(recorded)
const round = Rounds.make(frames)

/** A book begins with an update, which the recording need not. */
const first = frames.find((frame) => frame.includes('"depthUpdate"')) ?? ""

const endless = function* () {
  yield* round(0).filter((frame) => frame !== first)
  for (let index = 1; ; index++) yield* round(index)
}

const tell = (line: object | number) => process.stdout.write(`${JSON.stringify(line)}\n`)

let sent = 0
const send = (socket: WebSocket, text: string) => {
  sent++
  socket.send(text)
}

const play = (socket: WebSocket) => {
  const source = endless()
  const started = performance.now()
  const total = rate * seconds
  let played = 0
  let told = 0
  const step = Effect.sync(() => {
    const elapsed = (performance.now() - started) / 1000
    const due = Math.min(total, Math.floor(elapsed * rate))
    for (; played < due; played++) send(socket, source.next().value ?? "")
    const isOver = played === total || socket.readyState !== socket.OPEN
    if (!isOver && Math.floor(elapsed) === told) return false
    told = Math.floor(elapsed)
    tell({ sent, isOver })
    return isOver
  })
  const often = Schedule.spaced("5 millis")
  Effect.runFork(Effect.repeat(step, { schedule: often, until: (isOver) => isOver }))
}

let client: WebSocket | undefined

const server = createServer((_, response) => {
  const id = Number(/"U":(\d+)/.exec(first)?.[1]) - 1
  // The exchange cannot be asked for the book of then: it begins empty.
  response.end(JSON.stringify({ lastUpdateId: id, bids: [], asks: [] }))
  if (client !== undefined) play(client)
})

new WebSocketServer({ server }).on("connection", (socket) => {
  client = socket
  let streams: ReadonlyArray<string> = []
  socket.on("message", (data) => {
    const { id, method, params } = JSON.parse(String(data))
    const isNew = method === "SUBSCRIBE"
    if (isNew) streams = params
    socket.send(JSON.stringify({ result: isNew ? null : streams, id }))
    if (isNew) send(socket, first)
  })
})

server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  if (typeof address === "object") tell(address?.port ?? 0)
})

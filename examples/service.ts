// The service, composed by hand: ticks of a tape, or with `--live` of the exchange, over HTTP.
import { NodeHttpClient, NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import * as WebSocket from "@tapewire/cli/WebSocket"
import * as Server from "@tapewire/server/Server"
import { BinanceSpot } from "@tapewire/venues/BinanceSpot"
import { Config, Layer } from "effect"
import * as HttpServer from "effect/http/HttpServer"
import { createServer } from "node:http"
import * as Tape from "tapewire/Tape"

const live = BinanceSpot.layer(["trades:BTC-USDT", "quotes:BTC-USDT", "book:BTC-USDT"]).pipe(
  Layer.provide([WebSocket.layer, NodeHttpClient.layerUndici])
)

const recorded = BinanceSpot.layerRecorded(`${import.meta.dirname}/tapes/binance.tape`, {
  speed: 1,
  loop: true
})

const http = NodeHttpServer.layerConfig(createServer, {
  host: Config.succeed("127.0.0.1"),
  port: Config.Int("PORT").pipe(Config.withDefault(8787))
})

const service = Server.layer().pipe(
  HttpServer.withLogAddress,
  Layer.provide(Tape.layer([BinanceSpot])),
  Layer.provide(process.argv.includes("--live") ? live : recorded),
  Layer.provide(http)
)

service.pipe(Layer.launch, NodeRuntime.runMain)

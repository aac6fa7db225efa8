#!/usr/bin/env node
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { exchange } from "./commands/exchange.ts"
import { gaps } from "./commands/gaps.ts"
import { record } from "./commands/record.ts"
import { replay } from "./commands/replay.ts"
import { serve } from "./commands/serve.ts"
import { stream } from "./commands/stream.ts"
import { venues } from "./commands/venues.ts"
import * as Exit from "./Exit.ts"
import * as Platform from "./Platform.ts"
import * as Signals from "./Signals.ts"
import * as Telemetry from "./Telemetry.ts"
import { version } from "./Version.ts"

const tapewire = Command.make("tapewire").pipe(
  Command.withDescription(
    "Market data of exchanges as one stream of ticks: to print, to serve, to record and to replay"
  ),
  Command.withExamples([
    { command: "tapewire venues", description: "What there is to listen to" },
    {
      command: "tapewire stream binance:trades:BTC-USDT",
      description: "Print trades as they happen"
    }
  ]),
  Command.withSubcommands([stream, serve, record, replay, gaps, exchange, venues])
)

version.pipe(
  Effect.flatMap((version) => Command.run(tapewire, { version })),
  // @effect-diagnostics-next-line strictEffectProvide:off
  Effect.provide(Telemetry.layer),
  Exit.report,
  // @effect-diagnostics-next-line strictEffectProvide:off
  Effect.provide(Platform.layer),
  Signals.runMain
)

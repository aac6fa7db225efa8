/**
 * What Node gives: files, standard streams, HTTP and WebSocket.
 *
 * @since 0.1.0
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as CliConfig from "effect/cli/CliConfig"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Layer from "effect/Layer"
import * as Exit from "./Exit.ts"
import * as Log from "./Log.ts"
import { StatusLine } from "./StatusLine.ts"
import * as WebSocket from "./WebSocket.ts"

const { Completions, Help, LogLevel, Version } = GlobalFlag

/**
 * Everything commands need, but for telemetry.
 *
 * @since 0.1.0
 */
export const layer = Layer.mergeAll(
  NodeHttpClient.layerNodeHttp,
  WebSocket.layer,
  Log.layer,
  Exit.layerPresenter,
  CliConfig.layer({ builtIns: [Help, Version, LogLevel, Completions] })
).pipe(Layer.provideMerge(StatusLine.layer), Layer.provideMerge(NodeServices.layer))

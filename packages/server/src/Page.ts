/**
 * The page that shows feeds and prices as they come.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Digest from "effect/crypto/Digest"
import * as Base64 from "effect/encoding/Base64"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { body } from "./internal/pageBody.ts"
import { script } from "./internal/pageScript.ts"
import { style } from "./internal/pageStyle.ts"

/**
 * The page, which loads nothing besides what this service answers.
 *
 * @since 0.1.0
 */
export const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark">
<title>Tapewire</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
${body}
<script>${script}</script>
</body>
</html>
`

/**
 * The page at `/`. Its policy lets nothing run but its own script, known by its hash.
 *
 * @since 0.1.0
 */
export const layer: Layer.Layer<never, never, HttpRouter.HttpRouter> = HttpRouter.use((router) =>
  Effect.gen(function* () {
    const policy = [
      "default-src 'none'",
      `script-src ${yield* source(script)}`,
      `style-src ${yield* source(style)}`,
      "img-src data:",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'"
    ].join("; ")
    yield* router.add(
      "GET",
      "/",
      HttpServerResponse.html(html).pipe(
        HttpServerResponse.setHeader("content-security-policy", policy)
      )
    )
  })
).pipe(Layer.provide(Digest.layerWebCrypto))

const source = Effect.fnUntraced(function* (text: string) {
  const { digest } = yield* Digest.Digest
  const bytes = yield* Stream.succeed(text).pipe(Stream.encodeText, Stream.mkUint8Array)
  const hash = yield* digest(Digest.sha256, bytes)
  return `'sha256-${Base64.encode(hash)}'`
})

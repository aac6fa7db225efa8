/**
 * What the page does. It keeps what comes in maps, and draws once a frame what changed, so that a
 * page nobody looks at does nothing.
 *
 * @since 0.1.0
 */
export const script = String.raw`
"use strict"
const byId = (id) => document.getElementById(id)
const maxSubscriptions = 50
const calm = matchMedia("(prefers-reduced-motion: reduce)")

const instruments = new Map()
let health
let reachable = false
let before
let rates = new Map()
let source
let streamed = ""
let chosen
let book
let dirty = true
let first
let latest

const element = (name, className, text) => {
  const made = document.createElement(name)
  if (className) made.className = className
  if (text !== undefined) made.textContent = text
  return made
}

/** A number's digits, all of them, without an exponent. */
const digits = (value) => {
  const [mantissa, exponent] = String(value).split("e")
  if (exponent === undefined) return mantissa
  const sign = mantissa.startsWith("-") ? "-" : ""
  const [whole, part = ""] = mantissa.replace("-", "").split(".")
  const point = whole.length + Number(exponent)
  const all = whole + part
  if (point <= 0) return sign + "0." + "0".repeat(-point) + all
  return sign + (all.length <= point ? all.padEnd(point, "0") : all.slice(0, point) + "." + all.slice(point))
}
const decimals = (value) => (digits(value).split(".")[1] ?? "").length
const grouped = (text) => {
  const [whole, part] = text.split(".")
  const groups = whole.replace(/\B(?=(\d{3})+$)/g, ",")
  return part === undefined ? groups : groups + "." + part
}
/** At least so many places, as the venue prints them. */
const padded = (value, places) => {
  const [whole, part = ""] = digits(value).split(".")
  const fraction = part.padEnd(places, "0")
  return grouped(fraction === "" ? whole : whole + "." + fraction)
}
const count = (value) => grouped(String(Math.round(value)))
const rounded = (value, places) => grouped(value.toFixed(places))
const iso = (micros) => new Date(micros / 1000).toISOString()
const clock = (micros) => iso(micros).slice(11, 23)
const day = (micros) => iso(micros).slice(0, 10)
const timeOf = (tick) => tick.at ?? tick.received

const keyOf = (tick) => tick.venue + " " + tick.symbol
const instrumentOf = (tick) => {
  const key = keyOf(tick)
  let found = instruments.get(key)
  if (found === undefined) {
    found = { key, venue: tick.venue, symbol: tick.symbol, places: 0, prices: [] }
    instruments.set(key, found)
    chosen ??= key
  }
  found.dirty = true
  return found
}

const learn = (tick) => {
  const instrument = instrumentOf(tick)
  const see = (price) => {
    if (price !== undefined) instrument.places = Math.max(instrument.places, decimals(price))
  }
  switch (tick._tag) {
    case "Trade":
      see(tick.price)
      instrument.trade = tick
      instrument.prices.push(tick.price)
      if (instrument.prices.length > 120) instrument.prices.shift()
      break
    case "Quote":
      see(tick.bid)
      see(tick.ask)
      instrument.quote = tick
      break
    case "Ticker":
      see(tick.last)
      instrument.ticker = tick
      break
    case "Bar":
      see(tick.close)
      instrument.bar = tick
      break
    default:
      return
  }
  if (provenanceOf(tick.venue) === "recorded") {
    const time = timeOf(tick)
    first = first === undefined ? time : Math.min(first, time)
    latest = latest === undefined ? time : Math.max(latest, time)
  }
  dirty = true
}

const provenanceOf = (venue) =>
  health?.feeds.find((feed) => feed.venue === venue)?.provenance

const priceOf = ({ bar, ticker, trade }) => trade?.price ?? ticker?.last ?? bar?.close

// Streaming

const say = (text, state) => {
  const line = byId("stream")
  if (line.textContent !== text) line.textContent = text
  line.className = "stream " + state
  dirty = true
}

/** What the page shows; books are asked for one by one. */
const wanted = (feeds) => {
  const all = feeds.flatMap((feed) => feed.subscriptions)
  const of = (channel) => all.filter((text) => text.split(":")[1].split("@")[0] === channel)
  const shown = ["trades", "quotes", "ticker"].flatMap(of)
  return [...new Set(shown.length === 0 ? of("bars") : shown)].slice(0, maxSubscriptions)
}

const listen = (feeds) => {
  const subscriptions = wanted(feeds).join(",")
  if (subscriptions === streamed) return
  streamed = subscriptions
  source?.close()
  if (subscriptions === "") return say("No prices are subscribed", "")
  source = new EventSource("/api/v1/ticks?policy=conflate&subscriptions=" + encodeURIComponent(subscriptions))
  source.addEventListener("hello", () => say("Streaming", "on"))
  source.addEventListener("end", () => {
    source.close()
    say("The tape has ended", "")
  })
  source.onmessage = (event) => learn(JSON.parse(event.data))
  source.onerror = () => {
    say("Stream lost, reconnecting…", "lost")
    // A browser gives up on an answer that is no stream; the next health starts it anew.
    if (source.readyState === EventSource.CLOSED) streamed = ""
  }
}

// Asking

let asking = false
const ask = async () => {
  if (asking) return
  asking = true
  try {
    const answer = await (await fetch("/health")).json()
    const restarted = health !== undefined && answer.uptimeSeconds < health.uptimeSeconds
    before = restarted ? undefined : health
    health = answer
    reachable = true
    rates = new Map()
    const seconds = before === undefined ? 0 : health.uptimeSeconds - before.uptimeSeconds
    if (seconds > 0) {
      health.feeds.forEach((feed, index) => {
        const was = before.feeds[index]
        if (was !== undefined) rates.set(index, Math.max(0, feed.ticks - was.ticks) / seconds)
      })
    }
    listen(health.feeds)
    await askBook()
  } catch {
    reachable = false
    rates = new Map()
    book = { key: chosen, note: "The service does not answer." }
    say("The service does not answer, trying again…", "lost")
  }
  asking = false
  dirty = true
}

const askBook = async () => {
  const instrument = instruments.get(chosen)
  if (instrument === undefined) return
  const { symbol, venue } = instrument
  const has = health.feeds.some((feed) =>
    feed.subscriptions.some((text) => {
      const [of, channel, name] = text.split(":")
      return of === venue && name === symbol && channel.split("@")[0] === "book"
    })
  )
  if (!has) {
    book = { key: chosen, note: "No book of " + symbol + " on " + venue + " is subscribed." }
    return
  }
  const path = [venue, symbol].map(encodeURIComponent).join("/")
  const response = await fetch("/api/v1/book/" + path + "?depth=10")
  const answer = await response.json()
  book = response.ok
    ? { key: venue + " " + symbol, answer }
    : { key: venue + " " + symbol, note: "The book of " + symbol + " on " + venue + (answer.state?._tag === "Degraded" ? " was wrong again and again, and is left alone for some minutes." : " is being synchronized.") }
}

// Drawing

const write = (target, text) => {
  if (target.textContent !== text) target.textContent = text
}

const drawHeader = () => {
  const badge = byId("badge")
  const recorded = health?.feeds.some((feed) => feed.provenance === "recorded")
  const live = health !== undefined && health.feeds.length > 0 && !recorded
  badge.className = "badge" + (recorded ? " recorded" : live ? " live" : "")
  if (recorded) {
    const from = first === undefined ? "" : day(first) + " " + clock(first).slice(0, 8)
    const to = latest === undefined ? "" : (day(latest) === day(first) ? "" : day(latest) + " ") + clock(latest).slice(0, 8)
    const text = first === undefined ? "not the market now" : "ticks of " + from + " – " + to + " UTC"
    if (badge.childElementCount !== 2) badge.replaceChildren(element("b", "", "RECORDED"), element("span"))
    write(badge.lastChild, text)
  } else if (live && badge.textContent !== "LIVE") badge.replaceChildren(element("b", "", "LIVE"))
  const status = health === undefined ? "–" : reachable ? health.status : "no answer"
  write(byId("status"), status)
  byId("status").className = status === "ok" ? "up" : status === "degraded" || status === "–" ? "" : "down"
  const total = [...rates.values()].reduce((sum, rate) => sum + rate, 0)
  write(byId("rate"), rates.size === 0 ? "–" : count(total))
  write(byId("uptime"), reachable ? span(health.uptimeSeconds) : "–")
}

const span = (seconds) => {
  const [h, m, s] = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map(Math.floor)
  if (h > 0) return h + " h " + m + " min"
  return m > 0 ? m + " min " + s + " s" : s + " s"
}

const drawFeeds = () => {
  if (health === undefined) return
  const rows = health.feeds.map((feed, index) => {
    const row = element("tr")
    const cell = (className, text) => row.appendChild(element("td", className, text))
    cell("", feed.venue)
    cell("").append(element("span", "word " + feed.provenance, feed.provenance.toUpperCase()))
    const state = reachable ? feed.state : "unknown"
    cell("state " + state, state)
    cell("number", count(feed.ticks))
    cell("number", rates.has(index) ? count(rates.get(index)) : "–")
    cell("number", feed.lagMs === null ? "–" : rounded(feed.lagMs, 1) + " ms")
    cell("number", count(feed.losses))
    cell("number", count(feed.gaps))
    const tags = cell("").appendChild(element("ul", "tags"))
    const names = feed.subscriptions.map((text) => text.slice(feed.venue.length + 1))
    for (const name of names.slice(0, 12)) tags.append(element("li", "", name))
    if (names.length > 12) tags.append(element("li", "", "and " + (names.length - 12) + " more"))
    return row
  })
  if (rows.length === 0) {
    const none = element("td", "muted", "No feed is configured.")
    none.colSpan = 9
    rows.push(element("tr"))
    rows[0].append(none)
  }
  byId("feeds").replaceChildren(...rows)
}

const svg = (name) => document.createElementNS("http://www.w3.org/2000/svg", name)

const makeCard = (instrument) => {
  const card = element("article", "card")
  const head = card.appendChild(element("header"))
  const button = head.appendChild(element("button", "", instrument.symbol))
  button.type = "button"
  button.addEventListener("click", () => {
    chosen = instrument.key
    book = undefined
    for (const each of instruments.values()) each.dirty = true
    dirty = true
    void ask()
  })
  head.append(element("span", "venue", instrument.venue))
  const change = head.appendChild(element("span", "change"))
  const price = card.appendChild(element("p", "price", "–"))
  const chart = svg("svg")
  chart.setAttribute("viewBox", "0 0 300 44")
  chart.setAttribute("preserveAspectRatio", "none")
  chart.setAttribute("role", "img")
  const area = chart.appendChild(svg("polygon"))
  const line = chart.appendChild(svg("polyline"))
  card.append(chart)
  const facts = card.appendChild(element("dl", "facts"))
  const fact = (name) => {
    const term = facts.appendChild(element("dt", "", name))
    const value = facts.appendChild(element("dd"))
    return (text, className = "") => {
      term.hidden = value.hidden = text === undefined
      write(value, text ?? "")
      value.className = className
    }
  }
  const parts = {
    card, button, change, price, chart, area, line,
    trade: fact("Last trade"), bid: fact("Bid"), ask: fact("Ask"), spread: fact("Spread"),
    range: fact("24 h range"), volume: fact("24 h volume")
  }
  byId("cards").append(card)
  return parts
}

const drawCard = (instrument) => {
  instrument.parts ??= makeCard(instrument)
  const { parts, places, prices, quote, ticker, trade } = instrument
  const price = priceOf(instrument)
  const show = (value) => padded(value, places)
  parts.card.classList.toggle("chosen", chosen === instrument.key)
  parts.button.setAttribute("aria-pressed", String(chosen === instrument.key))
  if (price !== undefined && price !== instrument.shown) {
    const was = instrument.shown
    instrument.shown = price
    const way = was === undefined ? "" : price > was ? "up" : "down"
    parts.price.className = "price " + way
    const arrow = element("small", "", way === "up" ? " ▲" : way === "down" ? " ▼" : "")
    parts.price.replaceChildren(show(price), arrow)
    if (way !== "" && !calm.matches) {
      parts.price.animate([{ opacity: 0.35 }, { opacity: 1 }], { duration: 350, easing: "ease-out" })
    }
  }
  const move = ticker?.open > 0 ? (ticker.last / ticker.open - 1) * 100 : undefined
  write(parts.change, move === undefined ? "" : (move > 0 ? "+" : "") + move.toFixed(2) + " %")
  parts.change.className = "change " + (move > 0 ? "up" : move < 0 ? "down" : "")
  parts.trade(
    trade && ({ buy: "bought ", sell: "sold " }[trade.side] ?? "traded ") + grouped(digits(trade.size)) + " at " + clock(timeOf(trade)),
    { buy: "up", sell: "down" }[trade?.side] ?? ""
  )
  const side = (value, size) => value !== undefined ? show(value) + (size === undefined ? "" : " × " + grouped(digits(size))) : undefined
  const bid = quote?.bid ?? ticker?.bid
  const asked = quote?.ask ?? ticker?.ask
  parts.bid(side(bid, quote?.bidSize ?? ticker?.bidSize))
  parts.ask(side(asked, quote?.askSize ?? ticker?.askSize))
  const both = bid !== undefined && asked !== undefined
  parts.spread(both ? spread(bid, asked, places) : undefined)
  parts.range(ticker?.low !== undefined && ticker.high !== undefined ? show(ticker.low) + " – " + show(ticker.high) : undefined)
  parts.volume(ticker?.volume === undefined ? undefined : grouped(digits(ticker.volume)))
  drawChart(parts, prices, show)
}

/** As a price, and in hundredths of a percent of the middle. */
const spread = (bid, asked, places) => {
  const points = ((asked - bid) / ((asked + bid) / 2)) * 10000
  return rounded(asked - bid, places) + " (" + grouped(digits(Number(points.toPrecision(2)))) + " bp)"
}

const drawChart = ({ area, chart, line }, prices, show) => {
  if (prices.length < 2) {
    chart.setAttribute("aria-label", "Too few trades for a chart")
    return
  }
  const low = Math.min(...prices)
  const high = Math.max(...prices)
  const x = (index) => (index / (prices.length - 1)) * 300
  const y = (price) => (high === low ? 22 : 41 - ((price - low) / (high - low)) * 38)
  const points = prices.map((price, index) => x(index).toFixed(1) + "," + y(price).toFixed(1)).join(" ")
  line.setAttribute("points", points)
  area.setAttribute("points", "0,44 " + points + " 300,44")
  const end = prices[prices.length - 1]
  chart.setAttribute("class", end > prices[0] ? "up" : end < prices[0] ? "down" : "")
  chart.setAttribute("aria-label", "The last " + prices.length + " trades, between " + show(low) + " and " + show(high))
}

const drawBook = () => {
  const note = byId("book-note")
  const ladder = byId("ladder")
  const instrument = instruments.get(chosen)
  const answer = book?.key === chosen ? book?.answer : undefined
  ladder.hidden = answer === undefined
  note.hidden = answer !== undefined
  if (answer === undefined) {
    write(note, book?.key === chosen && book?.note !== undefined ? book.note : instrument === undefined ? "No data yet." : "Asking for the book…")
    return
  }
  const { asks, bids } = answer
  const places = Math.max(instrument.places, ...[...asks, ...bids].map(([price]) => decimals(price)))
  const sizes = Math.max(0, ...[...asks, ...bids].map(([, size]) => decimals(size)))
  const sums = (levels) => {
    let sum = 0
    return levels.map(([, size]) => (sum += size))
  }
  const askSums = sums(asks)
  const bidSums = sums(bids)
  const most = Math.max(askSums.at(-1) ?? 0, bidSums.at(-1) ?? 0)
  const rows = (levels, all) =>
    levels.map(([price, size], index) => {
      const row = element("tr", "level")
      row.style.setProperty("--part", ((all[index] / most) * 100).toFixed(1) + "%")
      row.append(
        element("td", "number", padded(price, places)),
        element("td", "number", padded(size, sizes)),
        element("td", "number", rounded(all[index], Math.min(sizes, 8)))
      )
      return row
    })
  byId("ladder-title").replaceChildren(
    answer.symbol,
    element("span", "", answer.venue + (answer.at === null ? "" : " at " + clock(answer.at)))
  )
  byId("asks").replaceChildren(...rows(asks, askSums).reverse())
  byId("bids").replaceChildren(...rows(bids, bidSums))
  const [bid, asked] = [bids[0]?.[0], asks[0]?.[0]]
  write(byId("spread"), bid === undefined || asked === undefined ? "one side is empty" : "spread " + spread(bid, asked, places))
}

const draw = () => {
  document.body.classList.toggle("stale", !byId("stream").classList.contains("on"))
  drawHeader()
  drawFeeds()
  for (const instrument of instruments.values()) {
    if (!instrument.dirty) continue
    instrument.dirty = false
    drawCard(instrument)
  }
  byId("empty").hidden = instruments.size > 0
  drawBook()
}

let asked = -Infinity
const frame = (now) => {
  if (now - asked >= 1000) {
    asked = now
    void ask()
  }
  if (dirty) {
    dirty = false
    draw()
  }
  requestAnimationFrame(frame)
}
requestAnimationFrame(frame)
`

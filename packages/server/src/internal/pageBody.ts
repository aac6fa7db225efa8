/**
 * What the page consists of before there is data.
 *
 * @since 0.1.0
 */
export const body = `<header>
  <h1>Tapewire</h1>
  <p id="badge" class="badge" role="status"></p>
  <p id="stream" class="stream" role="status">Connecting…</p>
  <dl class="totals">
    <div><dt>Service</dt><dd id="status">–</dd></div>
    <div><dt>Ticks per second</dt><dd id="rate">–</dd></div>
    <div><dt>Up for</dt><dd id="uptime">–</dd></div>
  </dl>
</header>
<main>
  <section aria-labelledby="feeds-title">
    <h2 id="feeds-title">Feeds</h2>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="feeds-title">
      <table>
        <thead>
          <tr>
            <th scope="col">Venue</th>
            <th scope="col">Provenance</th>
            <th scope="col">State</th>
            <th scope="col" class="number">Ticks</th>
            <th scope="col" class="number">Ticks/s</th>
            <th scope="col" class="number">Lag</th>
            <th scope="col" class="number">Losses</th>
            <th scope="col" class="number">Gaps</th>
            <th scope="col">Subscriptions</th>
          </tr>
        </thead>
        <tbody id="feeds"><tr><td colspan="9" class="muted">Asking the service…</td></tr></tbody>
      </table>
    </div>
  </section>
  <div class="columns">
    <section aria-labelledby="prices-title">
      <h2 id="prices-title">Prices</h2>
      <p id="empty" class="muted">No data yet.</p>
      <div id="cards" class="cards"></div>
    </section>
    <section aria-labelledby="book-title">
      <h2 id="book-title">Book</h2>
      <div id="book" class="book panel">
        <p id="book-note" class="muted">No data yet.</p>
        <table id="ladder" hidden>
          <caption id="ladder-title"></caption>
          <thead>
            <tr>
              <th scope="col" class="number">Price</th>
              <th scope="col" class="number">Size</th>
              <th scope="col" class="number">Sum</th>
            </tr>
          </thead>
          <tbody id="asks" class="asks"></tbody>
          <tbody><tr class="spread"><td colspan="3" id="spread"></td></tr></tbody>
          <tbody id="bids" class="bids"></tbody>
        </table>
      </div>
    </section>
  </div>
</main>
<footer>
  <a href="/docs">API</a>
  <a href="/health">Health</a>
  <a href="/metrics">Metrics</a>
  <span>Times are UTC. Prices are in the quote asset.</span>
</footer>
<noscript><p class="muted">This page needs JavaScript; <a href="/health">the health of the feeds</a> does not.</p></noscript>`

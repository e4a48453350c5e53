// Sends one call of each kind with the SDK named on the command line: node send.cjs segment|rudder URL KEY
const [which, url, key] = process.argv.slice(2);
const calls = [
  ["identify", { userId: `${which}-js`, traits: { email: `${which}-js@example.com`, plan: "gold" } }],
  ["track", { userId: `${which}-js`, event: "Order Completed", timestamp: new Date("2011-12-01T08:26:00Z"),
              properties: { order_id: `${which}-js-1`, revenue: 12.34, currency: "CNY", products: [{ product_id: "p", price: 6.17, quantity: 2 }] } }],
  ["page", { userId: `${which}-js`, name: "Tea", properties: { url: "https://shop.example/tea" } }],
  ["screen", { anonymousId: `${which}-js-device`, name: "Home" }],
  ["group", { userId: `${which}-js`, groupId: "g1", traits: { name: "Tea Ltd" } }],
  ["alias", { userId: `${which}-js-new`, previousId: `${which}-js` }],
];

async function segment() {
  const { Analytics } = require("@segment/analytics-node");
  const analytics = new Analytics({ writeKey: key, host: url });
  let sent = 0;
  for (const [kind, call] of calls) analytics[kind](call, (error) => { if (!error) sent += 1; });
  await analytics.closeAndFlush();
  return sent;
}

async function rudder() {
  const Analytics = require("@rudderstack/rudder-sdk-node");
  const analytics = new Analytics(key, { dataPlaneUrl: url, flushInterval: 200 });
  const done = calls.map(([kind, call]) => new Promise((ok, fail) =>
    analytics[kind](call, (error) => (error ? fail(error) : ok()))));
  await analytics.flush();
  await Promise.all(done);
  return done.length;
}

(which === "segment" ? segment() : rudder()).then(
  (sent) => { console.log(sent); process.exit(sent === calls.length ? 0 : 1); },
  (error) => { console.error(error); process.exit(2); },
);

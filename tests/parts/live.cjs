// Two agents on /live by the official Socket.IO client. Says what it comes to, a line each; the end-to-end test reads that.
//
//   node live.cjs URL     with MAYA and MAX (keys of agents), MAX_ID, WITH (the connection of their people) and ROOT (a token of
//                         an administrator) in the environment; NODE_PATH leads to the client
"use strict";
const assert = require("node:assert/strict");
const { io } = require("socket.io-client");

const url = process.argv[2];
const patience = setTimeout(() => fail(new Error("it takes too long")), 60_000);

function fail(error) {
  console.log("failed:", error.stack ?? error);
  process.exit(1);
}
process.on("unhandledRejection", fail);

async function call(path, token, body) {
  const response = await fetch(`${url}/api/v1${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.ok(response.ok, `${path}: ${response.status}`);
  return response.json();
}

// An agent: its socket goes on after the last event that it has seen, however often the line is cut.
async function agent(key) {
  const { access_token: token } = await call("/agents/token", key, {});
  const one = { token, since: undefined, seen: [], waiting: [] };
  one.socket = io(`${url}/ai`, {
    path: "/live",
    transports: ["websocket"],
    reconnectionDelay: 100,
    auth: (send) => send({ token, since: one.since }),
  });
  one.socket.onAny((name, data) => {
    if (data.number !== undefined) one.since = data.number;
    one.seen.push({ name, data });
    one.waiting.forEach((look) => look());
  });
  one.socket.on("connect_error", (error) => {
    one.seen.push({ name: "connect_error", data: error.data ?? { detail: error.message } });
    one.waiting.forEach((look) => look());
  });
  return one;
}

// Takes the first event of this name out of what was seen, or waits for it.
function next(one, name) {
  return new Promise((resolve) => {
    const look = () => {
      const at = one.seen.findIndex((event) => event.name === name);
      if (at < 0) return;
      one.waiting = one.waiting.filter((other) => other !== look);
      resolve(one.seen.splice(at, 1)[0].data);
    };
    one.waiting.push(look);
    look();
  });
}

async function done(one, name, data) {
  const answer = await one.socket.timeout(20_000).emitWithAck(name, data);
  assert.equal(answer.error, undefined, `${name}: ${JSON.stringify(answer.error)}`);
  return answer.data;
}

(async () => {
  const [maya, max] = [await agent(process.env.MAYA), await agent(process.env.MAX)];
  const welcome = await next(max, "ai:register");
  assert.ok(welcome.rooms.includes(`ai_${process.env.MAX_ID}`));
  await next(maya, "ai:register");
  console.log("registered");

  const { id: conversation } = await call("/conversations", maya.token, { with: [process.env.MAX_ID], about: "information" });
  const say = (text) => done(maya, "ai:message", { conversation, type: "request", text });
  const first = await say("Is there a room?");
  const hint = await next(max, "ai:message");
  assert.equal(hint.message, first.id);
  const { messages: [handed] } = await done(max, "ai:message_delivered", { limit: 5 });
  assert.equal(handed.message.body.text, "Is there a room?");
  await next(maya, "ai:message_delivered");
  await done(max, "ai:message_processed", { delivery: handed.delivery, lease: handed.lease });
  assert.equal((await next(maya, "ai:message_processed")).message, first.id);
  max.socket.emit("ai:typing", { conversation });
  assert.equal((await next(maya, "ai:typing")).agent, process.env.MAX_ID);
  // Whoever shares the conversation is told how it stands once it says so.
  const room = `ai_network_${conversation}`;
  assert.equal((await done(max, "ai:status_update", { status: "busy" })).status, "busy");
  let told;
  do told = await next(maya, "ai:status_update"); while (told.status === "online");
  assert.deepEqual(told, { agent: process.env.MAX_ID, status: "busy", room });
  const refused = await max.socket.emitWithAck("ai:message_processed", { delivery: handed.delivery, lease: handed.lease });
  assert.equal(refused.error.status, 409);
  console.log("talked");

  // Cut three times in the middle of what comes; the client comes again by itself.
  const sent = [];
  const came = [];
  for (let round = 0; round < 3; round += 1) {
    sent.push((await say(`before ${round}`)).id);
    max.socket.io.engine.transport.ws.terminate();
    for (let at = 0; at < 4; at += 1) sent.push((await say(`while away ${round} ${at}`)).id);
    while (came.length < sent.length) came.push((await next(max, "ai:message")).message);
  }
  assert.deepEqual(came, sent);
  await next(max, "ai:register");
  // Whoever comes again is told how those stand who are there.
  assert.deepEqual(await next(max, "ai:status_update"), { agent: hint.from, status: "online", room });
  assert.ok(!max.seen.some((event) => event.name === "ai:message"), "nothing came twice");
  console.log("resumed");

  // A decision of both, each in its turn: asked, answered, and told how it ended.
  const { id: group, candidates: [{ id: piece }] } = await done(maya, "ai:group_broadcast", {
    question: "Which piece?", with: [process.env.WITH], mode: "sequential", candidates: [{ label: "Bach" }],
  });
  const votes = { [piece]: "yes" };
  await done(maya, "ai:group_response", { group, votes });
  const turn = await next(max, "ai:group_broadcast");
  assert.deepEqual([turn.group, turn.room], [group, `ai_group_${group}`]);
  await done(max, "ai:group_response", { group, votes });
  assert.equal((await next(maya, "ai:group_response")).group, group);
  for (const one of [maya, max]) assert.equal((await next(one, "ai:group_consensus")).group, group);
  console.log("decided");

  // What an administrator announces is told to both.
  const minutes = (many) => new Date(Date.now() + many * 60_000).toISOString();
  await call("/announcements", process.env.ROOT, { room: "ai_system_broadcast", text: "Good morning" });
  const work = { room: "ai_maintenance", text: "It moves", starts_at: minutes(5), ends_at: minutes(10) };
  await call("/announcements", process.env.ROOT, work);
  for (const one of [maya, max]) {
    const { status, text, room } = await next(one, "ai:network_status");
    assert.deepEqual([status, text, room], ["announced", "Good morning", "ai_system_broadcast"]);
    const { state, text: about, from, until } = await next(one, "ai:maintenance");
    assert.deepEqual([state, about], ["announced", "It moves"]);
    assert.deepEqual([Date.parse(from), Date.parse(until)], [Date.parse(work.starts_at), Date.parse(work.ends_at)]);
  }
  console.log("announced");

  const elsewhere = io(`${url}/other`, { path: "/live", transports: ["websocket"], reconnection: false, forceNew: true });
  const turned = await new Promise((resolve) => elsewhere.once("connect_error", resolve));
  assert.match(turned.message, /\/ai/);
  elsewhere.close();
  const stranger = io(`${url}/ai`, {
    path: "/live", transports: ["websocket"], reconnection: false, forceNew: true, auth: { token: "nonsense" },
  });
  const unknown = await new Promise((resolve) => stranger.once("connect_error", resolve));
  assert.equal(unknown.data.status, 401);
  stranger.close();
  const polling = io(`${url}/ai`, { path: "/live", transports: ["polling"], reconnection: false, forceNew: true });
  await new Promise((resolve) => polling.once("connect_error", resolve));
  polling.close();
  console.log("ready");

  // Its key is taken back meanwhile: it is told why, put out, and not let in again.
  assert.equal((await next(max, "ai:error")).status, 401);
  assert.equal((await next(max, "connect_error")).status, 401);
  assert.equal((await done(maya, "ai:heartbeat", {})).status, "online");
  max.socket.close();
  console.log("revoked");

  // The house stops meanwhile, and says so before it closes.
  const stopping = await next(maya, "ai:maintenance");
  assert.deepEqual([stopping.state, stopping.room], ["stopping", "ai_maintenance"]);
  assert.equal((await next(maya, "ai:network_status")).status, "closing");
  maya.socket.close();
  clearTimeout(patience);
  console.log("closed");
})().catch(fail);

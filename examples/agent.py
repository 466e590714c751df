#!/usr/bin/env python3
"""An agent of one's own: arranges meetings for its owner, with the standard library and HTTP.

It takes the place of the built-in agent: where a time is named it answers, where none is it has the house find some, and its owner's
one wish that no calendar knows is that nothing begins before an hour of the day. It keeps nothing: what has been said is read from the
house, so it can be stopped at any moment and goes on where it was.

    ENTENTE_KEY=eak_… examples/agent.py https://meet.example.org --not-before 10
"""

import argparse
import base64
import datetime
import json
import os
import sys
import time
import urllib.error
import urllib.request


class House:
    """The house, as one agent calls it."""

    def __init__(self, url, key):
        self.url, self.key = url.rstrip("/"), key
        self.token, self.ends = "", 0.0

    def call(self, method, path, body=None, bearer=None, key=None):
        headers = {"Authorization": "Bearer " + (bearer or self.bearer())}
        data = None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        if key:
            # The same step said twice is said once.
            headers["Idempotency-Key"] = key
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def bearer(self):
        """A token, exchanged for the key anew before the last one ends."""
        if time.monotonic() > self.ends:
            issued = self.call("POST", "/api/v1/agents/token", {}, bearer=self.key)
            self.token = issued["access_token"]
            self.ends = time.monotonic() + issued["expires_in"] * 2 / 3
        return self.token

    def me(self):
        """This agent's own id, which the token says."""
        claims = self.bearer().split(".")[1]
        return json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["sub"]


def step(house, session, mine, not_before):
    """Says what is to be said now in a session; gives it in a word, or nothing."""
    messages = f"/api/v1/sessions/{session['id']}/messages"

    def say(message):
        about = f"{message.get('proposal', session['rounds'])} {mine['proposal']}"
        return house.call("POST", messages, message, key=f"{mine['agent']} {session['id']} {message['type']} {about}")

    named = [one for one in session["proposals"] if one["state"] == "open"]
    if not named:
        say({"type": "proposal", "slots": []})
        return "has the house find times"
    early = [one for one in named if hour_of(one["start"]) < not_before]
    late = sorted((one for one in named if one not in early), key=lambda one: wanted(session, mine, one))
    # What suits nobody here is refused; what others want and does not suit is as well, or they would wait for it.
    for one in early:
        if not late or wanted(session, mine, one) < NOBODY:
            say({"type": "decline", "proposal": one["id"], "note": f"Not before {not_before}."})
            return "declines " + one["start"]
    if late[0]["id"] == mine["proposal"]:
        return None  # that was said, and is for others to answer
    say({"type": "accept", "proposal": late[0]["id"]})
    return "agrees to " + late[0]["start"]


# Whose yes a time has, those first that weigh more: people's, what people are asked about, agents', and nobody's.
WEIGHTS = {"confirms": 0, "decides": 1, "agrees": 2}
NOBODY = 3


def wanted(session, mine, one):
    """How much the others want a time: the less the more."""
    others = [party for party in session["parties"] if party["agent"] != mine["agent"] and party["proposal"] == one["id"]]
    return min([WEIGHTS.get(party["standing"], NOBODY) for party in others], default=NOBODY)


def hour_of(text):
    """The hour on this machine's clock."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone().hour


def look(house, me, not_before):
    """Gives a sign of life, and answers wherever this agent is awaited."""
    house.call("POST", f"/api/v1/agents/{me}/heartbeat", {})
    for session in house.call("GET", "/api/v1/sessions")["sessions"]:
        for party in session["parties"]:
            if party["agent"] != me or not party["awaited"]:
                continue
            try:
                said = step(house, session, party, not_before)
                if said:
                    print(session["purpose"] + ":", said, flush=True)
            except urllib.error.HTTPError as refused:
                # Somebody else was faster, or the time is gone: the next look shows how it stands.
                problem = json.load(refused)
                print(session["purpose"] + ":", problem["title"], flush=True)
                if refused.code not in (409, 429):
                    raise


def enter(house, pause):
    """This agent's own id, once it is let in: while the house is away, or has switched programs off (409 `agent.off`), it waits."""
    while True:
        try:
            return house.me()
        except urllib.error.HTTPError as refused:
            if refused.code == 401:
                sys.exit("This key is not valid, or no longer.")
            print("not let in:", refused.code, flush=True)
        except OSError as away:
            print("the house is away:", away, flush=True)
        time.sleep(pause)


def main():
    asks = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asks.add_argument("url", help="where the house is")
    asks.add_argument("--not-before", type=int, default=0, metavar="HOUR", help="nothing begins earlier in the day")
    asks.add_argument("--pause", type=float, default=5, metavar="SECONDS", help="from one look to the next")
    given = asks.parse_args()
    key = os.environ.get("ENTENTE_KEY") or sys.exit("ENTENTE_KEY is to be the key of an agent")
    house = House(given.url, key)
    me = enter(house, given.pause)
    print("I am", me, flush=True)
    while True:
        try:
            look(house, me, given.not_before)
        except urllib.error.HTTPError as refused:
            if refused.code == 401:
                sys.exit("This key is not valid, or no longer.")
            # Programs may be switched off for a while (409): the key is kept, and good again afterwards.
            print("refused:", refused.code, flush=True)
        except OSError as away:
            # It comes back, and so does what was said meanwhile.
            print("the house is away:", away, flush=True)
        time.sleep(given.pause)


if __name__ == "__main__":
    main()

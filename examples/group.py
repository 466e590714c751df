#!/usr/bin/env python3
"""An agent that takes part in group decisions for its owner, with the standard library and HTTP.

It waits at its inbox. Where a group asks, it says yes to every time that begins late enough in the day and no to the rest; to a
question without times it abstains, which counts for the quorum and leaves the choice to the others. With --begin it asks a group
itself first. It keeps nothing: what waits for it lies in the house.

    ENTENTE_KEY=eak_… examples/group.py https://meet.example.org --not-before 10
"""

import argparse
import json
import os
import sys
import time
import urllib.error

from agent import House, enter, hour_of


def votes(candidates, not_before):
    """What is said to each candidate."""
    def vote(one):
        if not one["start"]:
            return "abstain"
        return "yes" if hour_of(one["start"]) >= not_before else "no"
    return {one["id"]: vote(one) for one in candidates}


def answer(house, group, candidates, round_, not_before):
    said = {"votes": votes(candidates, not_before), "round": round_}
    if not candidates:
        said["text"] = "Whatever the others want."
    key = f"{group} {round_} {sorted(said['votes'].items())}"
    house.call("PUT", f"/api/v1/groups/{group}/answer", said, key=key)


def hear(house, message, not_before):
    """Does what a message asks for; gives it in a word."""
    said = message["body"]["data"]
    if message["type"] == "group_broadcast":
        answer(house, said["group"], said["candidates"], said["round"], not_before)
        return "answers: " + said["question"]
    if message["type"] in ("group_consensus", "group_timeout"):
        return "it ended: " + said.get("outcome", said["event"])
    return message["type"]


def look(house, me, not_before):
    """Waits for what is in the inbox, and acknowledges what was dealt with."""
    house.call("POST", f"/api/v1/agents/{me}/heartbeat", {})
    waiting = house.call("GET", f"/api/v1/agents/{me}/inbox?wait=2")["messages"]
    for one in waiting:
        try:
            print(hear(house, one["message"], not_before), flush=True)
        except urllib.error.HTTPError as refused:
            # It is over, or its owner has answered: there is nothing to do about it.
            print(json.load(refused)["title"], flush=True)
            if refused.code not in (404, 409):
                raise
        house.call("POST", f"/api/v1/deliveries/{one['delivery']}/ack", {"lease": one["lease"]})


def main():
    asks = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asks.add_argument("url", help="where the house is")
    asks.add_argument("--not-before", type=int, default=0, metavar="HOUR", help="nothing begins earlier in the day")
    asks.add_argument("--begin", metavar="FILE", help="a group to begin, as POST /api/v1/groups takes it")
    given = asks.parse_args()
    key = os.environ.get("ENTENTE_KEY") or sys.exit("ENTENTE_KEY is to be the key of an agent")
    house = House(given.url, key)
    me = enter(house, 1)
    print("I am", me, flush=True)
    if given.begin:
        with open(given.begin, encoding="utf-8") as file:
            group = house.call("POST", "/api/v1/groups", json.load(file), key="begin " + given.begin)
        answer(house, group["id"], group["candidates"], group["round"], given.not_before)
        print("asks:", group["question"], flush=True)
    while True:
        try:
            look(house, me, given.not_before)
        except urllib.error.HTTPError as refused:
            if refused.code == 401:
                sys.exit("This key is not valid, or no longer.")
            print("refused:", refused.code, flush=True)
            time.sleep(1)
        except OSError as away:
            # It comes back, and so does what was asked meanwhile.
            print("the house is away:", away, flush=True)
            time.sleep(1)


if __name__ == "__main__":
    main()

/**
 * The userspace of a lab: one Python 3 program (standard library only) that plays servers, DNS and clients in real network namespaces,
 * from one process that enters each of them. It follows the same fixed exchange as `process/`, byte for byte: connect, request, reply, the
 * client closes, the server closes on EOF; over UDP one question and one answer. It reads a plan, one JSON value a line, and prints one
 * JSON value: `{walks, namespaces}`, and `failed` where a Script of the scenario failed.
 */
import { LAB_CLIENTS } from './lab-clients.ts'
import { LAB_DNS } from './lab-dns.ts'
import { LAB_FLANNELD } from './lab-flanneld.ts'
import { LAB_PROBE } from './lab-probe.ts'
import { LAB_SERVERS } from './lab-servers.ts'

/** Carrying out the plan. */
const PLAN = String.raw`
failed_scripts = []

def run_script(netns, text):
    enter(netns)
    # A failure before && is an answer, no error, also at the end.
    done = subprocess.run(["bash", "-e"], input=text + "\n:\n", stdout=sys.stderr, stderr=subprocess.PIPE, text=True)
    sys.stderr.write(done.stderr)
    if done.returncode != 0:
        failed_scripts.append({"netns": netns, "stderr": done.stderr})
        print("packetwalk lab: a Script failed in %s:\n%s" % (netns, text), file=sys.stderr)

def make_change(world, change):
    if "configure" in change:
        world.dns[change["netns"]].configure(change["configure"])
    else:
        run_script(change["netns"], change["run"])

def run_walk(world, plan, walk):
    for change in walk["scripts"]:
        threading.Timer(change["timeMs"] / 1000, make_change, (world, change)).start()
    enter(walk["netns"])
    world.last_frame = time.monotonic()
    result = exchange(walk, "/etc/netns/" + walk["netns"])
    for word in ("server", "seenFrom", "answeredFrom"):
        if result.get(word) is None:
            result.pop(word, None)
    by = " by " + result["server"] if "server" in result else ""
    print("walk %s: %s%s%s" % (walk["name"], result["outcome"], by, " (%s)" % result["reason"] if "reason" in result else ""), file=sys.stderr)
    return dict({"walk": walk["name"], "outcome": result["outcome"]}, **result)

def main():
    world, walks, starts, captures = World(), [], [], None
    plan = json.loads(sys.stdin.readline())
    if plan["probe"]:
        captures = Captures(world, plan)
    if plan["drains"]:
        global hopeless
        hopeless = lambda: world.quiet_for() > plan["giveUpMs"] / 1000 and not captures.waiting()
    steps = [json.loads(line) for line in sys.stdin]
    for step in steps:
        if "programs" in step:
            serve(world, step["netns"], step["programs"])
    world.start()
    if plan["everywhere"]:
        for netns in sorted(os.listdir("/run/netns")):
            if not netns.startswith("net-"):
                run_script(netns, plan["everywhere"])
    settle(world, plan, captures)
    for step in steps:
        if "stop" in step:
            world.stop(step["stop"])
            if captures:
                captures.end(step["stop"])
            continue
        if "serve" in step:
            if captures:
                captures.begin(step["netns"])
            serve(world, step["netns"], step["serve"])
            if plan["everywhere"]:
                run_script(step["netns"], plan["everywhere"])
            continue
        if "configure" in step:
            make_change(world, step)
            continue
        starts.append((time.time_ns(), len(walks) if "kind" in step else None))
        if "kind" in step:
            walks.append(run_walk(world, plan, step))
            settle(world, plan, captures)
            if captures:
                walks[-1]["startMs"] = captures.time_of(starts[-1][0], starts)
            if plan["counters"]:
                walks[-1]["counters"] = captures.counters()
        elif "run" in step:
            run_script(step["netns"], step["run"])
            if plan["everywhere"]:
                # A new device has the timers of the machine's initial namespace.
                run_script(step["netns"], plan["everywhere"])
            settle(world, plan, captures)
    result = {"walks": walks}
    if failed_scripts:
        result["failed"] = [dict(one, netns=plan["names"].get(one["netns"], one["netns"])) for one in failed_scripts]
    if captures:
        result["namespaces"] = captures.tables(starts)
    json.dump(result, sys.stdout, indent=None if plan["compact"] else 1)
    print(flush=True)

def settle(world, plan, captures):
    """Waits until the network is quiet, and where asked until nothing is retransmitted any more."""
    time.sleep(plan["quietMs"] / 1000)
    while world.quiet_for() < plan["quietMs"] / 1000 or (plan["drains"] and captures.waiting()):
        time.sleep(0.01)

main()
`

export const LAB_AGENT = `${LAB_SERVERS}${LAB_FLANNELD}${LAB_DNS}${LAB_CLIENTS}${LAB_PROBE}${PLAN}`

"""kill -9 at moments spread over upload and copy: what was answered arrives in S3.
kill_sweep.py [KILLS [SEED]]

Each round uploads small files and, every fourth, one in three parts, and kills the server a step
later than the round before: from the middle of the first upload to a second after it, when the
copying thread has begun, is between two objects, or writes down that it has copied. S3 is slow in
one round of three, so that much waits. A stored file counts from its answer on.
"""
import random
import signal
import sys
import threading
import time

import bucket
from bucket import Serve, begin, cli, key_of, until
from scenario import check, done

KILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 40
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 1
SPAN_S = 2.4  # the copying thread looks once a second
chance = random.Random(SEED)
gate = begin()
acked, unanswered, gap_rounds, waiting_sum, slowest = {}, 0, 0, 0, 0.0


def bodies(number):
    small = [b"round,%d\nfile,%d\n%s\n" % (number, i, chance.randbytes(8).hex().encode())
             for i in range(6)]
    return small + ([chance.randbytes(11 << 20)] if number % 4 == 3 else [])


def upload_all(server, number, rows):
    global unanswered
    for i, body in enumerate(rows):
        status, _ = server.upload("r%d-%d.bin" % (number, i), body)
        if status in (200, 201):
            acked[key_of(body)] = len(body)
        else:
            unanswered += 1


for number in range(KILLS):
    if number % 3 == 1:
        gate.ask("/_fail?n=%d&how=%s" % (1 + number % 5, "cut" if number % 2 else "slow"))
    start = time.monotonic()
    server = Serve()
    slowest = max(slowest, time.monotonic() - start)
    thread = threading.Thread(target=upload_all, args=(server, number, bodies(number)))
    thread.start()
    time.sleep(SPAN_S * number / KILLS)
    server.stop(signal.SIGKILL)
    thread.join()
    there = gate.objects()
    waiting = sum(key not in there for key in acked)
    waiting_sum += waiting
    gap_rounds += waiting > 0
gate.ask("/_fail?n=0&how=slow")
server = Serve()
arrived = until(lambda: not set(acked) - set(gate.objects()), 120)
objects = gate.objects()
check("every file that was answered arrives", arrived,
      "%d of %d are missing" % (len(set(acked) - set(objects)), len(acked)))
wrong = [key for key in acked if key in objects and objects[key]["sha256"] not in key]
check("and holds what was sent", not wrong, wrong[:3])
check("kills fell between an answer and its copy", gap_rounds > 0, gap_rounds)
check("the server stops in order", server.stop() == 0)
code, out, err = cli("db", "check")
check("the database is sound", code == 0, out + err)
print("figure: %d kills over %.1f s, %d uploads answered, %d not; %d kills found %d answered files "
      "not yet copied; %d lost, %d wrong; slowest start %.2f s"
      % (KILLS, SPAN_S, len(acked), unanswered, gap_rounds, waiting_sum,
         len(set(acked) - set(objects)), len(wrong), slowest))
bucket.gate.stop()
done()

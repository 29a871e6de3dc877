"""One job whose end is told to a hook; what arrived goes to FILE as JSON: event.py FILE"""
import http.server
import json
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../http"))
from appliance import Appliance, Client, log_csv

received = []


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        received.append((self.headers["Sleuth-Signature"],
                         self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


receiver = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()
appliance = Appliance("[hooks]\nenabled = true\nallow = 127.0.0.0/8\n")
client = Client(appliance, appliance.user("a@example.com", "business"))
status, _, hook = client.call("POST", "/api/hooks",
                              {"url": f"http://127.0.0.1:{receiver.server_port}/"})
assert status == 201, hook
client.submit({"csv_data": log_csv(8, systems=2), "engine": "classic", "label": "偏差 é"})
deadline = time.monotonic() + 20
while not received and time.monotonic() < deadline:
    time.sleep(0.1)
assert received, "nothing arrived"
with open(sys.argv[1], "w") as file:
    json.dump({"header": received[0][0], "body": received[0][1], "secret": hook["secret"]}, file)
appliance.stop()

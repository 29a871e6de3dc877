// A project's page: the fields of a protocol can be taken from a result file, read by the server.
import { clearError, send, showError } from "./api.js";

const source = document.querySelector("[data-protocol-from]");

source?.addEventListener("change", async () => {
  const form = source.closest("form");
  clearError(form);
  const body = new FormData();
  body.append("log", source.files[0], source.files[0].name);
  try {
    const answer = await (await send("POST", "/api/ledger", body)).json();
    const row = answer.ledger[0];
    if (!row) throw new Error(answer.excluded[0]?.reason ?? "");
    form.elements.protocol.value = Object.entries(row.protocol)
      .map(([name, value]) => `${name} = ${JSON.stringify(value)}`).join("\n");
    form.elements.metric.value ||= row.metric;
    for (const box of form.querySelectorAll("[name=splits]")) box.checked = box.value === row.split;
  } catch (error) {
    showError(form, error);
  }
  source.value = ""; // the file itself is not part of the protocol
});

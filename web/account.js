// Sign in, sign up, set a password by link: forms that are sent as JSON.
import { clearError, json, showError } from "./api.js";

// Only a path of this site, so that a link cannot send people elsewhere after signing in.
function nextPage() {
  const next = new URLSearchParams(location.search).get("next") ?? "";
  return /^\/(?!\/)[\w\-./]*$/.test(next) ? next : "/dashboard";
}

const actions = {
  login: async (values) => {
    if (!values.totp) delete values.totp;
    try {
      await json("POST", "/api/auth/login", values);
    } catch (error) {
      const factor = document.querySelector("[data-totp]");
      if (error.body?.code === "totp_required") factor.hidden = false;
      throw error;
    }
    location.href = nextPage();
  },
  signup: async (values) => {
    // The token of an invitation stands behind the '#', where no server and no log sees it.
    const invite = location.hash.slice(1);
    await json("POST", "/api/auth/register", invite ? { ...values, invite } : values);
    location.href = "/dashboard";
  },
  reset: async (values) => {
    await json("POST", "/api/auth/reset", { ...values, token: location.hash.slice(1) });
    location.href = "/login";
  },
};

for (const form of document.querySelectorAll("form[data-form]")) {
  const action = actions[form.dataset.form];
  if (!action) continue;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearError(form);
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    try {
      await action(Object.fromEntries(new FormData(form)));
    } catch (error) {
      showError(form, error);
      button.disabled = false;
    }
  });
}

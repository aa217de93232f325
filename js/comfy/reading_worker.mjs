// The worker of reading.mjs: questions in, takes out.

import { answer } from "./reading.mjs";

self.addEventListener("message", ({ data: { id, question } }) => {
  try {
    self.postMessage({ id, takes: answer(question) });
  } catch (error) {
    self.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
});

// A receiver of notifications as one is commonly written for Node: it parses the form and its JSON, looks at neither key
// nor sign, and keeps nothing. Two processes share the port that is the only argument.
"use strict";
const cluster = require("cluster");

if (cluster.isPrimary) {
  cluster.fork();
  cluster.fork();
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
} else {
  const express = require("express");
  const app = express();
  app.use(express.urlencoded({ extended: false }));
  app.post("/events/:kind", (request, response) => {
    const event = JSON.parse(request.body.json);
    response.json({ code: 1000, message: event.entry_id ? "taken" : "ignored" });
  });
  app.listen(Number(process.argv[2]), "127.0.0.1");
}

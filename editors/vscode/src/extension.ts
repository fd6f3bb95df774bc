// Starts `ivr lsp` for the folders that are open, and shows what only an editor can: diagrams beside the text, and a
// terminal with a simulated call. Everything else is the server's.

import * as fs from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import { LanguageClient, LanguageClientOptions, RevealOutputChannelOn, ServerOptions } from "vscode-languageclient/node";

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  context.subscriptions.push(
    vscode.commands.registerCommand("ivr.simulate", simulate),
    vscode.commands.registerCommand("ivr.showDiagram", showDiagram),
    vscode.commands.registerCommand("ivr.restart", restart),
    vscode.workspace.onDidChangeConfiguration(async (change) => {
      if (change.affectsConfiguration("ivr")) await restart();
    }),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}

async function restart(): Promise<void> {
  await client?.stop();
  await start();
}

function setting(name: string): string {
  return vscode.workspace.getConfiguration("ivr").get<string>(name, "").trim();
}

/** The program as it is configured, else that of the folder's virtual environment, else the one on the path. */
function program(): string {
  const configured = setting("command");
  if (configured) return configured;
  for (const folder of vscode.workspace.workspaceFolders ?? []) {
    for (const name of ["bin/ivr", "Scripts/ivr.exe"]) {
      const own = path.join(folder.uri.fsPath, ".venv", name);
      if (fs.existsSync(own)) return own;
    }
  }
  return "ivr";
}

async function start(): Promise<void> {
  const account = setting("account");
  const args = ["lsp", "--stdio", ...(account ? ["--account", account] : [])];
  const server: ServerOptions = { command: program(), args };
  const options: LanguageClientOptions = {
    documentSelector: [
      { scheme: "file", language: "yaml" },
      { scheme: "file", pattern: "**/*.{csv,tsv,txt}" },
    ],
    synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher("**/*.{yaml,csv,tsv,txt}") },
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    middleware: {
      // The server answers with the picture; a link above a flow wants it shown.
      executeCommand: async (command, given, next) => {
        const answer = await next(command, given);
        if (command === "ivr.diagram" && typeof answer === "string") show(String(given[1]), answer);
        return answer;
      },
    },
  };
  client = new LanguageClient("ivr", "Call flows", server, options);
  try {
    await client.start();
  } catch (error) {
    const what = `The language server \`${program()} lsp\` did not start: ${String(error)}`;
    const choice = await vscode.window.showErrorMessage(`${what}. Install ivr-router, or set ivr.command.`, "Settings");
    if (choice) await vscode.commands.executeCommand("workbench.action.openSettings", "ivr.command");
  }
}

/** The flow whose file is open: the text behind `flow:`. */
function flowOf(document: vscode.TextDocument): string | undefined {
  return /^flow:\s*["']?([a-z_][a-z0-9_]*)/m.exec(document.getText())?.[1];
}

async function showDiagram(): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  const flow = document && flowOf(document);
  if (!document || !flow) {
    await vscode.window.showInformationMessage("Open the file of a flow: it begins with `flow: NAME`.");
    return;
  }
  await vscode.commands.executeCommand("ivr.diagram", document.uri.toString(), flow);
}

function show(flow: string, svg: string): void {
  const panel = vscode.window.createWebviewPanel("ivr.diagram", `Flow ${flow}`, vscode.ViewColumn.Beside, {});
  const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";
  panel.webview.html = `<!doctype html><meta http-equiv="Content-Security-Policy" content="${policy}">
<style>body { background: #fff }</style>${svg}`;
}

/** The server says which directory the bundle is: the file may stand below it. */
function simulate(uri: string, flow: string): void {
  const directory = vscode.Uri.parse(uri).fsPath;
  const shellArgs = ["simulate", flow, directory];
  const terminal = vscode.window.createTerminal({ name: `Call ${flow}`, shellPath: program(), shellArgs });
  terminal.show();
}

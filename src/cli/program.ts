/** The commands and their options. Each command's code is loaded when it runs, so that `--help` is quick. */

import { Command } from "commander";
import { addGlobalOptions } from "./global-options.ts";
import type { Host } from "./host.ts";
import { addImport } from "./import-command.ts";
import { addDaemon } from "./daemon-command.ts";
import { addDoctor } from "./doctor-command.ts";
import { addLedgerCommands } from "./ledger-commands.ts";
import { addNoticeOptions } from "./notice-options.ts";
import { addSimulate } from "./simulate-command.ts";
import { addRequestCommands } from "./request-commands.ts";
import { addRunOptions, allow, formats } from "./run-options.ts";
import { addRuns } from "./runs-commands.ts";
import { addStoreCommands } from "./store-commands.ts";
import { addStoreOptions } from "./store-options.ts";
import { version } from "./version.ts";

/** Options that every command takes. */
export interface GlobalOptions {
  readonly config?: string;
  readonly repo?: string;
  readonly ref?: string;
  readonly configRef?: string;
  readonly logFormat: "text" | "json";
  readonly verbose?: boolean;
}

/** `complain` gets what is wrong with a command line. */
export function createProgram(
  host: Host,
  exit: (code: number) => void,
  complain: (text: string) => void,
): Command {
  const program = new Command("keywright");
  program
    .description(
      "Declarative API keys: manifests in Git, a plan to review, minted secrets straight into a sink.",
    )
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => host.out(text),
      writeErr: complain,
      getOutHasColors: () => host.hasColors,
      getErrHasColors: () => host.hasErrorColors,
    })
    .showHelpAfterError("(see --help)")
    .showSuggestionAfterError()
    .helpCommand(false)
    .addHelpText("after", EXIT_CODES);
  addGlobalOptions(program);
  for (const add of COMMANDS) add(program, host, exit);
  return program;
}

const EXIT_CODES = `
Exit codes: 0 done or no change, 1 failure, 2 changes pending or drift, 3 refused by a guard, 4 partly applied.`;

type AddCommand = (program: Command, host: Host, exit: (code: number) => void) => void;

const addInit: AddCommand = (program, host, exit) => {
  program
    .command("init")
    .description("write a configuration, a first manifest and a workflow")
    .argument("[directory]", "where", ".")
    .action(async (directory: string) => {
      const { init } = await import("./commands/init.ts");
      exit(await init(host, directory));
    });
};

const addValidate: AddCommand = (program, host, exit) => {
  program
    .command("validate")
    .description("check configuration and manifests; asks no store")
    .addOption(formats("text", "json", "sarif", "github"))
    .action(async (_options, command: Command) => {
      const { validate } = await import("./commands/validate.ts");
      exit(await validate(host, command.optsWithGlobals()));
    });
};

const addPlan: AddCommand = (program, host, exit) => {
  program
    .command("plan")
    .description("show what an apply would change; changes nothing")
    .addOption(formats("text", "json", "markdown", "sarif"))
    .option("-o, --out <file>", "save the plan, for `keywright apply <file>`; it holds no secrets")
    .option("--exit-code", "exit with 2 when there are changes")
    .addOption(allow())
    .action(async (_options, command: Command) => {
      const { plan } = await import("./commands/plan.ts");
      exit(await plan(host, command.optsWithGlobals()));
    });
};

const addApply: AddCommand = (program, host, exit) => {
  const command = program
    .command("apply")
    .description("carry out a plan: the saved one, or a new one after asking")
    .argument("[plan]", "a plan saved by `keywright plan --out`");
  addRunOptions(command).action(async (file: string | undefined) => {
    const { apply } = await import("./commands/apply.ts");
    exit(await apply(host, file, command.optsWithGlobals()));
  });
};

const addStatus: AddCommand = (program, host, exit) => {
  program
    .command("status")
    .description(
      "show each key: state, age, expiry, next rotation, sinks; and when drift was last looked for",
    )
    .addOption(formats("text", "json"))
    .option("--max-age <duration>", "exit with 2 when the last good check for drift is older, such as 2h")
    .action(async (_options, command: Command) => {
      const { status } = await import("./commands/status.ts");
      exit(await status(host, command.optsWithGlobals()));
    });
};

const addForecast: AddCommand = (program, host, exit) => {
  program
    .command("forecast")
    .description("list the rotations, retirements and expiries to come")
    .option("--days <n>", "how far to look ahead", "30")
    .addOption(formats("text", "json"))
    .action(async (_options, command: Command) => {
      const { forecast } = await import("./commands/forecast.ts");
      exit(await forecast(host, command.optsWithGlobals()));
    });
};

const addDrift: AddCommand = (program, host, exit) => {
  const command = program
    .command("drift")
    .description("find what is not as it was applied; changes nothing unless told to")
    .option("--fix", "carry out what is configured to be fixed and what is due, and nothing else")
    .option("--acknowledge", "from now on the foreign keys that are there are known")
    .option("--reason <text>", "why, for --acknowledge, in one line; it is recorded");
  addRunOptions(command)
    .addHelpText(
      "after",
      "\nExits with 2 when there is something to report or to fix, 1 when it could not look everywhere.",
    )
    .action(async () => {
      const { drift } = await import("./commands/drift.ts");
      exit(await drift(host, command.optsWithGlobals()));
    });
};

const addServe: AddCommand = (program, host, exit) => {
  const command = program
    .command("serve")
    .description("run the key store as an HTTP server")
    .option("--host <address>", "to listen on", "127.0.0.1")
    .option("-p, --port <port>", "to listen on; 0: any free one", "4180")
    .option("--allow-plain-http", "listen on other than loopback without TLS, behind a proxy that has it")
    .option("--trusted-proxy <cidr...>", "believe the X-Forwarded-For of these addresses or ranges")
    .addHelpText("after", "\nEach request is a line of the log, on stderr: --log-format text or json.");
  addNoticeOptions(addStoreOptions(command)).action(async () => {
    const { serve } = await import("./commands/serve.ts");
    exit(await serve(host, command.optsWithGlobals()));
  });
};

const addSchema: AddCommand = (program, host, exit) => {
  program
    .command("schema")
    .description("print a JSON Schema, for editors and checks")
    .argument("[name]", "which; without it, their names")
    .action(async (name: string | undefined) => {
      const { schema } = await import("./commands/schema.ts");
      exit(schema(host, name));
    });
};

const addDemo: AddCommand = (program, host, exit) => {
  program
    .command("demo")
    .description("the whole way once, in a throw-away directory")
    .action(async () => {
      const { demo } = await import("./commands/demo.ts");
      exit(await demo(host));
    });
};

const addCompletion: AddCommand = (program, host, exit) => {
  program
    .command("completion")
    .description("print a completion script")
    .argument("<shell>", "bash, zsh or fish")
    .action(async (shell: string) => {
      const { completion } = await import("./commands/completion.ts");
      exit(completion(host, program, shell));
    });
};

const COMMANDS: readonly AddCommand[] = [
  addInit,
  addValidate,
  addDoctor,
  addPlan,
  addApply,
  addImport,
  addRequestCommands,
  addStatus,
  addForecast,
  addDrift,
  addDaemon,
  addRuns,
  addLedgerCommands,
  addSimulate,
  addServe,
  addStoreCommands,
  addSchema,
  addDemo,
  addCompletion,
];

using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using AlignService.Cli.Output;

namespace AlignService.Cli.Commands;

/// <summary>Adds examples, and to the root the exit codes, to what `--help` prints.</summary>
internal static class CommandHelp
{
    private const string ExitCodes = """
        Exit codes:
          0    done
          1    the job failed
          2    the command line, the job file or the job it describes is invalid
          3    no server answers (serve, worker: no database)
          4    the job, model or dataset does not exist
          5    the job was cancelled
          6    the server refused the request (state, quota, permission)
          70   internal error
          130  Ctrl+C (143: SIGTERM)

        """;

    public static void Install(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!); // the library gives every help option one
    }

    private sealed class HelpWithExamples(HelpAction standard) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            standard.Invoke(parseResult);
            var output = parseResult.InvocationConfiguration.Output;
            var command = parseResult.CommandResult.Command;
            if (command is IExplainedCommand explained)
            {
                output.WriteLine("Examples:");
                foreach (string example in explained.Examples)
                {
                    output.WriteLine($"  {example}");
                }

                output.WriteLine();
            }
            else
            {
                output.Write(ExitCodes);
                output.WriteLine();
            }

            return (int)ExitCode.Ok;
        }
    }
}

using System.CommandLine;
using System.CommandLine.Invocation;
using AlignService.Cli.Output;

namespace AlignService.Cli.Commands;

/// <summary>The program `align`.</summary>
internal static class AlignCommand
{
    public static async Task<int> RunAsync(string[] args)
    {
        using var signals = new TerminationSignals();
        var result = Create().Parse(args);
        try
        {
            return result.Action is ParseErrorAction
                ? UsageError.Report(result)
                : await result.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, signals.Token);
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            return (int)signals.ExitCode;
        }
    }

    private static RootCommand Create()
    {
        var root = new RootCommand("Aligns language models with GRPO: a server that runs jobs, and the tools to submit and follow them.")
        {
            new DemoCommand(),
            new ServeCommand(),
            new WorkerCommand(),
            new SubmitCommand(),
            new ValidateCommand(),
            new SweepCommand(),
            new ListCommand(),
            new ShowCommand(),
            new WatchCommand(),
            new RolloutsCommand(),
            new MetricsCommand(),
            new EventsCommand(),
            new CompareCommand(),
            new PauseCommand(),
            new ResumeCommand(),
            new CancelCommand(),
            new ForkCommand(),
            new ExtendCommand(),
            new DeleteCommand(),
            new SampleCommand(),
            new ChatCommand(),
            new ExportCommand(),
            new ScoreCommand(),
            new RewardCommand(),
            new ProfilesCommand(),
            new ModelCommand(),
            new ModelsCommand(),
            new DatasetsCommand(),
            new SchemaCommand(),
            new KeysCommand(),
            new ProjectsCommand(),
            new WhoAmICommand(),
            new AuditCommand(),
            new CompletionCommand(),
        };
        CommandHelp.Install(root);
        return root;
    }
}

using System.CommandLine;
using AlignService.Cli.Demo;
using AlignService.Cli.Output;
using AlignService.Cli.Watching;
using AlignService.Server.Hosting;

namespace AlignService.Cli.Commands;

/// <summary>`align demo`: a complete GRPO job on a small model.</summary>
internal sealed class DemoCommand : Command, IExplainedCommand
{
    private readonly Option<ulong> _seed = new("--seed") { Description = "Key of the job's random streams", HelpName = "N", DefaultValueFactory = _ => 1 };
    private readonly Option<string> _data = new("--data") { Description = "Where the server keeps its data and the checkpoint", HelpName = "DIR", DefaultValueFactory = _ => Path.Combine("data", "demo") };
    private readonly Option<string?> _store = new("--store") { Description = $"Connection string of the store [env: {HostSettingCatalog.Of(nameof(HostSettings.Store)).Variable}] [default: SQLite in the data directory]", HelpName = "CONNECTION" };
    private readonly Option<string?> _control = new("--control") { Description = "A control run that must not learn: shuffled permutes the rewards at random", HelpName = "KIND" };
    private readonly Option<bool> _keep = new("--keep") { Description = "Keep the server running at the end, until Ctrl+C, to look at its status page" };
    private readonly Option<bool> _json = new("--json") { Description = "End with one JSON line; progress goes to standard error" };

    public DemoCommand()
        : base("demo", "Align a small language model with GRPO against a reward model, with a real server, worker and job; takes about three minutes")
    {
        _control.AcceptOnlyFromAmong("shuffled");
        Add(new DemoBuildCommand());
        Add(_seed);
        Add(_data);
        Add(_store);
        Add(_control);
        Add(_keep);
        Add(_json);
        this.Run(_json, RunAsync);
    }

    public IReadOnlyList<string> Examples => ["align demo", "align demo --seed 2 --json", "align demo --control shuffled", "align demo --keep"];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        var options = new DemoOptions
        {
            Seed = result.GetValue(_seed),
            DataRoot = Path.GetFullPath(result.GetRequiredValue(_data)),
            Store = result.GetValue(_store) ?? (Environment.GetEnvironmentVariable(HostSettingCatalog.Of(nameof(HostSettings.Store)).Variable) is { Length: > 0 } store ? store : null),
            Shuffle = result.GetValue(_control) is not null,
        };
        IWatchDisplay display = output.IsJson ? new PlainDisplay(Console.Error) : WatchDisplay.For(output);
        return await new DemoRun(options, display, TimeProvider.System).RunAsync(FinishAsync, cancellationToken);

        async Task FinishAsync(DemoResult demo, Uri server)
        {
            if (output.IsJson)
            {
                CommandOutput.WriteJson(demo.ToJson());
            }
            else
            {
                DemoReport.Write(demo, output.Console);
            }

            if (result.GetValue(_keep))
            {
                CommandOutput.Note($"The server keeps running: {server}  Ctrl+C ends it.");
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }
}

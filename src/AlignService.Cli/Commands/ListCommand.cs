using System.CommandLine;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Cli.Watching;
using AlignService.Cli.Wording;
using AlignService.Contracts.V1;
using AlignService.Specs.Binding;
using AlignService.Specs.Violations;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align list`: the server's jobs, newest first.</summary>
internal sealed class ListCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();
    private readonly Option<string[]> _states = new("--state")
    {
        Description = "Only jobs in this state (queued, preparing, running, succeeded, failed, cancelled, paused); may be repeated",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int> _limit = new("--limit", "-n") { Description = "Show at most this many jobs", DefaultValueFactory = _ => 50 };

    public ListCommand()
        : base("list", "List the server's jobs, newest first")
    {
        _states.CompletionSources.Add([.. EnumNames.Short(Names.JobStates)]);
        Add(_states);
        Add(_limit);
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples => ["align list", "align list --state running --state queued", "align list --json | jq -r '.jobs[].name'"];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        int limit = result.GetValue(_limit);
        if (limit < 1)
        {
            throw new CommandException(ExitCode.BadInput, $"--limit is {limit}; it must be at least 1.");
        }

        var states = (result.GetValue(_states) ?? []).Select(ParseState).ToList();
        using var client = _client.Connect(result);
        var jobs = await client.ListAsync(states, limit, cancellationToken).ToListAsync(cancellationToken);
        if (output.IsJson)
        {
            CommandOutput.WriteJson(new ListJobsResponse { Jobs = { jobs } });
        }
        else if (jobs.Count == 0)
        {
            output.Console.WriteLine(states.Count > 0 ? "No job is in that state." : "No jobs yet. `align submit JOB.yaml` submits one.");
        }
        else
        {
            output.Console.Write(Table(jobs, TimeProvider.System.GetUtcNow()));
        }

        return ExitCode.Ok;
    }

    private static JobState ParseState(string text) =>
        EnumNames.TryParse(Names.JobStates, text, out string name)
            ? (JobState)Names.JobStates.FindValueByName(name).Number
            : throw new CommandException(ExitCode.BadInput, $"--state {text} is not a state; {NearNames.Hint(text, EnumNames.Short(Names.JobStates))}");

    private static Table Table(IEnumerable<Job> jobs, DateTimeOffset now)
    {
        var table = new Table().RoundedBorder().AddColumns("job", "name", "state", "steps", "age", "took");
        foreach (var job in jobs)
        {
            table.AddRow(
                new SpectreText(job.Name),
                new SpectreText(job.Spec.DisplayName),
                new Markup(StateText.Markup(job.State)),
                new SpectreText(Steps(job)).RightJustified(),
                new SpectreText(Ago(job.CreateTime?.ToDateTimeOffset(), now)).RightJustified(),
                new SpectreText(Ago(job.StartTime?.ToDateTimeOffset(), job.EndTime?.ToDateTimeOffset() ?? now)).RightJustified());
        }

        return table;
    }

    private static string Steps(Job job) => job.Progress is { TotalSteps: > 0 } progress ? $"{progress.CompletedSteps}/{progress.TotalSteps}" : "";

    private static string Ago(DateTimeOffset? from, DateTimeOffset to) => from is { } start ? DurationWords.Format(to - start) : "";
}

using System.CommandLine;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Cli.Watching;
using AlignService.Cli.Wording;
using AlignService.Client;
using AlignService.Contracts.V1;
using AlignService.Specs.Metrics;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align show`: one job in full.</summary>
internal sealed class ShowCommand() : JobCommand("show", "Show one job: state, progress, failure, checkpoints, spec", Full)
{
    private static readonly Option<bool> Full = new("--full") { Description = "Also the prompts, examples or preferences that were given inline" };

    public override IReadOnlyList<string> Examples => ["align show jobs/a1b2c3d4", "align show a1b2c3d4 --json | jq -r .state"];

    protected override Task<Job> AskAsync(AlignClient client, string name, ParseResult result, CancellationToken cancellationToken) =>
        client.GetAsync(name, cancellationToken, result.GetValue(Full) ? JobView.Full : JobView.Basic);

    protected override void Show(Job job, CommandOutput output)
    {
        output.Console.Write(Facts(job));
        if (job.Attempts.Count > 1)
        {
            output.Console.Write(Attempts(job));
        }

        if (job.Checkpoints.Count > 0)
        {
            output.Console.Write(Checkpoints(job));
        }

        output.Console.Write(new SpectreText(SpecText.Format(job.Spec)));
    }

    private static Grid Facts(Job job)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        Add("job", new SpectreText(job.Name));
        Add("name", new SpectreText(job.Spec.DisplayName));
        Add("state", new Markup(StateText.Markup(job.State) + Requests(job)));
        Add("forked from", new SpectreText(job.Fork is { } fork ? $"{fork.Checkpoint}, {(fork.State == ForkState.Kept ? "with the trainer's state" : "the weights only")}" : ""));
        Add("waiting", new SpectreText(job.Waiting is { } waiting ? $"{waiting.Text}, since {waiting.Since.ToDateTimeOffset():yyyy-MM-dd HH:mm:ss 'UTC'}" : ""));
        Add("progress", new SpectreText(job.Progress is { } progress ? $"{progress.CompletedSteps} of {progress.TotalSteps} steps" : ""));
        Add("left", new SpectreText(TimeLeft.Of(job, TimeProvider.System.GetUtcNow())));
        Add("best score", new SpectreText(job.HasBestScore ? MetricText.Number(job.BestScore) : ""));
        Add("attempt", new SpectreText(job.Attempt > 1 ? $"{job.Attempt}" : ""));
        Add("device", new SpectreText(job.Attempts is [.., { } last] ? Place(last) : ""));
        Add("created", Time(job.CreateTime));
        Add("started", Time(job.StartTime));
        Add("ended", Time(job.EndTime));
        Add("took", new SpectreText(job is { StartTime: { } start, EndTime: { } end } ? DurationWords.Format(end.ToDateTimeOffset() - start.ToDateTimeOffset()) : ""));
        if (job.Failure is { } failure)
        {
            Add("failure", new SpectreText($"{failure.Reason}: {failure.Message}", new Style(Color.Red)));
            Add("remedy", new SpectreText(failure.Remedy));
        }

        return grid;

        void Add(string label, Spectre.Console.Rendering.IRenderable value)
        {
            if (value is not SpectreText { Length: 0 })
            {
                grid.AddRow(new SpectreText(label, new Style(Color.Grey)), value);
            }
        }
    }

    private static string Requests(Job job) => job switch
    {
        { CancelRequested: true } when !JobClient.HasEnded(job.State) => " (cancel requested)",
        { PauseRequested: true } => " (pause requested)",
        _ => "",
    };

    private static SpectreText Time(Google.Protobuf.WellKnownTypes.Timestamp? time) => new(time is null ? "" : time.ToDateTimeOffset().ToString("yyyy-MM-dd HH:mm:ss 'UTC'"));

    private static string Place(JobAttempt attempt) => attempt.Device.Length > 0 ? $"{attempt.Device} on {attempt.Host}" : "";

    private static Table Attempts(Job job)
    {
        var table = new Table().RoundedBorder().AddColumns("attempt", "device", "worker", "started", "ended", "");
        foreach (var attempt in job.Attempts)
        {
            table.AddRow(
                new SpectreText($"{attempt.Attempt}").RightJustified(),
                new SpectreText(Place(attempt)),
                new SpectreText(attempt.Worker),
                Time(attempt.StartTime),
                Time(attempt.EndTime),
                new SpectreText(Names.Outcome(attempt.Outcome)));
        }

        return table;
    }

    private static Table Checkpoints(Job job)
    {
        var table = new Table().RoundedBorder().AddColumns("checkpoint", "step", "held-out reward", "", "directory");
        foreach (var checkpoint in job.Checkpoints)
        {
            string marks = string.Join(", ", new[] { checkpoint.Best ? "best" : "", checkpoint.Last ? "last" : "" }.Where(mark => mark.Length > 0));
            table.AddRow(
                new SpectreText(checkpoint.Name),
                new SpectreText($"{checkpoint.Step}").RightJustified(),
                new SpectreText(checkpoint.HasScore ? MetricText.Number(checkpoint.Score) : "").RightJustified(),
                new SpectreText(marks),
                new SpectreText(checkpoint.Directory));
        }

        return table;
    }
}

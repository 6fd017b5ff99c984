using System.CommandLine;
using AlignService.Cli.Connections;
using AlignService.Cli.JobFiles;
using AlignService.Cli.Output;
using AlignService.Client;
using AlignService.Contracts.V1;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align sweep`: one job per combination of some settings, and a comparison at the end.</summary>
internal sealed class SweepCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();
    private readonly Argument<string> _file = JobFileInput.Argument();
    private readonly Option<string[]> _grid = new("--grid", "-g") { Description = "Values of a field; may be repeated: every combination is a job", HelpName = "FIELD=[VALUE,VALUE]", Required = true };
    private readonly Option<string[]> _set = JobFileInput.SetOption();
    private readonly Option<string?> _name = new("--name") { Description = "Value of the jobs' label `sweep`; default: the time", HelpName = "NAME" };
    private readonly Option<string> _requestId = JobFileInput.RequestIdOption();
    private readonly Option<bool> _watch = new("--watch", "-w") { Description = "Wait for all jobs, then compare those that succeeded" };
    private readonly Option<string?> _output = new("--output", "-o") { Description = "With --watch: write the comparison with its plots to a self-contained HTML file", HelpName = "FILE.html" };

    public SweepCommand()
        : base("sweep", "Submit one job for every combination of some settings, and compare them at the end")
    {
        Add(_file);
        foreach (Option option in (Option[])[_grid, _set, _name, _requestId, _watch, _output])
        {
            Add(option);
        }

        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "align sweep job.yaml --grid grpo.optimizer.learning_rate=[1e-6,2e-6] --grid seed=[1,2,3] --name rates --watch",
        "align list --label sweep=rates --sort score",
    ];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        JobTree tree = await JobTree.ReadAsync(result.GetRequiredValue(_file), result.GetValue(_set) ?? [], cancellationToken);
        if (PipelineFile.Is(tree))
        {
            throw new CommandException(ExitCode.BadInput, $"{tree.Path} has several jobs; a sweep is over the settings of one.");
        }

        string label = result.GetValue(_name) ?? $"{TimeProvider.System.GetUtcNow():yyyyMMdd-HHmmss}";
        PipelineFile sweep = SweepGrid.Expand(tree, result.GetRequiredValue(_grid), label);
        using AlignClient client = _client.Connect(result);
        string requestId = result.GetValue(_requestId) is { Length: > 0 } given ? given : Guid.NewGuid().ToString("N");
        IReadOnlyList<Job> jobs = await client.SendAsync(sweep, requestId, validateOnly: false, cancellationToken);
        if (!output.IsJson)
        {
            output.Console.WriteLine($"{jobs.Count} jobs with the label sweep={label}.");
        }

        if (!result.GetValue(_watch))
        {
            return await PipelineInput.ReportAsync(client, jobs, watch: false, output, cancellationToken);
        }

        return await CompareAsync(client, jobs, result.GetValue(_output), output, cancellationToken);
    }

    private static async Task<ExitCode> CompareAsync(AlignClient client, IReadOnlyList<Job> jobs, string? page, CommandOutput output, CancellationToken cancellationToken)
    {
        (ExitCode code, IReadOnlyList<Job> ended) = await PipelineInput.WaitAsync(client, jobs, cancellationToken);
        string[] succeeded = [.. ended.Where(job => job.State == JobState.Succeeded).Select(job => job.Name)];
        if (succeeded.Length >= 2)
        {
            await CompareCommand.WriteAsync(client, succeeded, page, output, cancellationToken);
        }
        else
        {
            CommandOutput.Note($"{succeeded.Length} of {ended.Count} jobs succeeded; two are needed for a comparison.");
        }

        return code;
    }
}

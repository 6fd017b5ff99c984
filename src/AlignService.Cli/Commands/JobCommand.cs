using System.CommandLine;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Client;
using AlignService.Contracts.V1;

namespace AlignService.Cli.Commands;

/// <summary>A command that asks the server for something about one job, and shows the resulting job.</summary>
internal abstract class JobCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();
    private readonly Argument<string> _job;

    protected JobCommand(string name, string description, params Option[] options)
        : base(name, description)
    {
        _job = JobName.Argument(_client);
        Add(_job);
        foreach (Option option in options)
        {
            Add(option);
        }

        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    /// <inheritdoc/>
    public abstract IReadOnlyList<string> Examples { get; }

    /// <param name="client">Of the server.</param>
    /// <param name="name">The job's resource name.</param>
    /// <param name="result">The command line.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    protected abstract Task<Job> AskAsync(AlignClient client, string name, ParseResult result, CancellationToken cancellationToken);

    /// <summary>Shows the job to people; with --json it is written as received.</summary>
    protected abstract void Show(Job job, CommandOutput output);

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        using AlignClient client = _client.Connect(result);
        Job job = await AskAsync(client, JobName.Parse(result.GetRequiredValue(_job)), result, cancellationToken);
        if (output.IsJson)
        {
            CommandOutput.WriteJson(job);
        }
        else
        {
            Show(job, output);
        }

        return ExitCode.Ok;
    }
}

using System.CommandLine;
using AlignService.Cli.Connections;
using AlignService.Cli.JobFiles;
using AlignService.Cli.Output;
using AlignService.Client;
using AlignService.Contracts.V1;

namespace AlignService.Cli.Commands;

/// <summary>`align validate`: checks a job file in full and shows the job with every default filled in; queues nothing.</summary>
internal sealed class ValidateCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();
    private readonly Argument<string> _file = JobFileInput.Argument();
    private readonly Option<string[]> _set = JobFileInput.SetOption();

    public ValidateCommand()
        : base("validate", "Check a job file in full, queue nothing, and print the job with every default filled in")
    {
        Add(_file);
        Add(_set);
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples => ["align validate examples/gsm8k.yaml", "align validate examples/gsm8k.yaml > full.yaml"];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        JobTree tree = await JobTree.ReadAsync(result.GetRequiredValue(_file), result.GetValue(_set) ?? [], cancellationToken);
        using AlignClient client = _client.Connect(result);
        if (PipelineFile.Is(tree))
        {
            var jobs = await client.SendAsync(PipelineFile.Of(tree), requestId: "", validateOnly: true, cancellationToken);
            CommandOutput.Note($"{tree.Path} is valid: {jobs.Count} jobs.");
            if (output.IsJson)
            {
                CommandOutput.WriteJson(new ListJobsResponse { Jobs = { jobs } });
            }

            return ExitCode.Ok;
        }

        var file = JobFile.Of(tree);
        var job = (await client.SendAsync(file, requestId: "", validateOnly: true, cancellationToken)).Job;
        if (output.IsJson)
        {
            CommandOutput.WriteJson(job.Spec);
        }
        else
        {
            Console.Out.Write(SpecText.Format(job.Spec));
            CommandOutput.Note($"{file.Path} is valid.");
        }

        return ExitCode.Ok;
    }
}

using System.CommandLine;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Client;
using AlignService.Contracts.V1;
using AlignService.Specs.Resources;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align datasets validate`: reads every row as a job would.</summary>
internal sealed class DatasetsValidateCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();
    private readonly ReadingOptions _reading = new();
    private readonly Argument<string> _name = new("NAME") { Description = "datasets/ID, or ID" };

    public DatasetsValidateCommand()
        : base("validate", "Read every row of a dataset as a job would, and list everything that is wrong or unusual")
    {
        Add(_name);
        _reading.AddTo(this);
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples => ["align datasets validate gsm8k-train --as prompts --set prompt_field=question", "align datasets validate pairs --job examples/reward-model-training.yaml"];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        string name = StoredArgument.Parse(result.GetRequiredValue(_name), StoredName.Datasets);
        ReadingChoice choice = await _reading.ReadAsync(result, cancellationToken);
        var request = new ValidateDatasetRequest { Name = name, Reading = ReadingOptions.Require(choice), Model = choice.Model };
        if (choice.MaxLength is { } length)
        {
            request.MaxLength = length;
        }

        using AlignClient client = _client.Connect(result);
        ValidateDatasetResponse found = await client.Datasets.ValidateAsync(request, cancellationToken);
        if (output.IsJson && found.Faults.Count == 0)
        {
            CommandOutput.WriteJson(found);
        }

        foreach (string warning in found.Warnings)
        {
            CommandOutput.Note($"warning: {warning}");
        }

        if (found.Faults.Count > 0)
        {
            throw new CommandException(ExitCode.BadInput, $"{name} cannot be read so.", [.. found.Faults.Select(fault => new Fault("", fault))]);
        }

        if (!output.IsJson)
        {
            output.Console.WriteLine($"{name} is valid: {found.RowCount} rows.");
        }

        return ExitCode.Ok;
    }
}

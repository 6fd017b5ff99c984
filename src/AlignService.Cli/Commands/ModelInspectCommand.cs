using System.CommandLine;
using AlignService.Cli.Connections;
using AlignService.Cli.Inspection;
using AlignService.Cli.Output;
using AlignService.Cli.Sampling;
using AlignService.Client;
using AlignService.Contracts.V1;
using AlignService.HuggingFace.Inspection;
using AlignService.Specs.Sizing;

namespace AlignService.Cli.Commands;

/// <summary>`align model inspect`: what was understood of a directory, and everything unusual about it.</summary>
internal sealed class ModelInspectCommand : Command, IExplainedCommand
{
    private readonly NamedModel _named = new();
    private readonly Argument<string> _directory = new("MODEL") { Description = $"A model, a reward model, a PEFT adapter, or a job's checkpoint: {NamedModel.Explanation}" };
    private readonly Option<int> _length = new("--length") { Description = "Tokens per sequence for the memory estimate; at most the context", DefaultValueFactory = _ => new MemoryAssumptions().Length, HelpName = "TOKENS" };
    private readonly Option<int> _rows = new("--rows") { Description = "Sequences side by side for the memory estimate", DefaultValueFactory = _ => new MemoryAssumptions().Rows, HelpName = "N" };
    private readonly Option<int> _rank = new("--rank") { Description = "Rank of the adapter for the memory estimate", DefaultValueFactory = _ => new MemoryAssumptions().AdapterRank, HelpName = "N" };
    private readonly ClientOptions _client = new();

    public ModelInspectCommand()
        : base("inspect", "Show what a model directory holds, how much memory it needs, and what is unusual; reads JSON and headers, and compares the checksums of a job's checkpoint")
    {
        Add(_directory);
        foreach (var option in new Option[] { _length, _rows, _rank })
        {
            Add(option);
        }

        _named.AddTo(this);
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "align model inspect models/SmolLM2-135M-Instruct",
        "align model inspect jobs/a1b2c3d4/checkpoints/last --json | jq .findings",
        "align model inspect --server http://gpu1:5080 jobs/a1b2c3d4/checkpoints/best",
        "align model inspect models/Llama-3.2-1B --length 4096 --rows 16",
    ];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        var assumptions = new MemoryAssumptions { Length = AtLeastOne(result, _length), Rows = AtLeastOne(result, _rows), AdapterRank = AtLeastOne(result, _rank) };
        if (_client.NamesServer(result))
        {
            return await AskServerAsync(result, assumptions, output, cancellationToken);
        }

        var report = ModelInspector.Inspect(_named.Resolve(result, result.GetRequiredValue(_directory)));
        var memory = MemoryEstimate.Of(report, assumptions);
        if (output.IsJson)
        {
            CommandOutput.WriteJson(ModelReportJson.Of(report, memory, assumptions));
        }
        else
        {
            ModelReportText.Write(report, memory, assumptions, output.Console);
        }

        return report.IsUsable ? ExitCode.Ok : ExitCode.BadInput;
    }

    private async Task<ExitCode> AskServerAsync(ParseResult result, MemoryAssumptions assumptions, CommandOutput output, CancellationToken cancellationToken)
    {
        using AlignClient client = _client.Connect(result);
        StoredModel model = await client.Models.GetAsync(
            new GetModelRequest { Name = result.GetRequiredValue(_directory), Rows = assumptions.Rows, Length = assumptions.Length, AdapterRank = assumptions.AdapterRank }, cancellationToken);
        if (output.IsJson)
        {
            CommandOutput.WriteJson(model);
        }
        else
        {
            ModelsShowCommand.Show(model, output.Console);
        }

        return model.Report.Usable ? ExitCode.Ok : ExitCode.BadInput;
    }

    private static int AtLeastOne(ParseResult result, Option<int> option) => result.GetValue(option) is >= 1 and var value
        ? value
        : throw new CommandException(ExitCode.BadInput, $"{option.Name} is {result.GetValue(option)}; it must be at least 1.");
}
